"""Tables as an administrator marks them: whole, whoever asks, and with what looks forgotten."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from keyhouse.compliance.fetch import FolderMarks
from keyhouse.data import Column, Source, SourceTable
from keyhouse.lists.find import designs_in, fields_of
from keyhouse.lists.models import ListDesign
from keyhouse.lists.tables import table_of
from keyhouse.schemas.errors import told
from keyhouse.web.call import Call


@dataclass(frozen=True)
class Forgotten:
    """A column without a mark that looks as if it should have one; `reason` says why."""

    table: str
    column: str
    reason: str


def forgotten(schema: str, tables: Sequence[SourceTable], marks: FolderMarks) -> list[Forgotten]:
    """Return the unmarked columns that have the name of a marked one, or look up a marked one.

    A database view that reads a marked column shows its values under its own name: it must be marked itself.
    """
    marked = {(table.name, column.name) for table in tables for column in _marked(schema, table, marks)}
    return [each for table in tables for each in _forgotten_in(schema, table, marked, marks)]


def _marked(schema: str, table: SourceTable, marks: FolderMarks) -> Iterator[Column]:
    said = marks.of(schema, table.name)
    return (column for column in table.columns if said.level_of(column.name))


def _forgotten_in(
    schema: str, table: SourceTable, marked: Iterable[tuple[str, str]], marks: FolderMarks
) -> Iterator[Forgotten]:
    said, twins = marks.of(schema, table.name), {column.casefold(): other for other, column in sorted(marked)}
    named = {name.casefold() for name in said.levels}
    for column in table.columns:
        if column.name.casefold() in named or said.level_of(column.name):
            continue
        twin, lookup = twins.get(column.name.casefold()), column.lookup
        if twin is not None and twin != table.name:
            yield Forgotten(table.name, column.name, f"it has the name of a marked column of '{twin}'")
        elif lookup is not None and (lookup.table, lookup.column) in set(marked):
            reason = f"it looks up '{lookup.column}' of '{lookup.table}', which is marked, and so holds its values"
            yield Forgotten(table.name, column.name, reason)


def lists_kept_in(call: Call) -> list[SourceTable]:
    """Return the lists whose designs, and so whose marks, are kept in the folder of a call."""
    return [_whole(call, design) for design in designs_in([call.folder])]


def _whole(call: Call, design: ListDesign) -> SourceTable:
    with told(call):
        return call.site.lists.database.table(table_of(design, fields_of(design)), (str(call.folder.entity_id),))


def source_named(call: Call, name: str) -> Source:
    """Return a source of the folder of a call. Raise `NotFound`."""
    with told(call):
        return call.site.registry.get(call.folder.path, name)
