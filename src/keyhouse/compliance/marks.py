"""Mark the columns of tables: how identifying each is, and which one names the participant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import Folder
from keyhouse.compliance.fetch import FolderMarks, Marked, marks_in
from keyhouse.compliance.models import SchemaMarks, TableMarks
from keyhouse.core.caller import Caller
from keyhouse.core.phi import PhiLevel

_MOST_COLUMNS = 2000


class MarksError(Exception):
    """Marks cannot be set as asked; the text says why."""


@dataclass(frozen=True)
class Marks:
    """What can be done with marks; built once by the composition root."""

    recorder: Recorder
    clock: Callable[[], datetime]

    def read(self, folder: Folder) -> FolderMarks:
        """Return all marks of a folder."""
        return marks_in(folder)

    def set_table(
        self,
        folder: Folder,
        schema: str,
        table: str,
        levels: Mapping[str, PhiLevel],
        participant_column: str,
        caller: Caller,
        may_see: PhiLevel = PhiLevel.RESTRICTED,
    ) -> bool:
        """Let a table have exactly these marks; a column without one counts as the source says. Tell of a change.

        Raises `MarksError` where a column would be shown to somebody who may see no more than `may_see`.
        """
        if len(levels) > _MOST_COLUMNS:
            raise MarksError(f"At most {_MOST_COLUMNS} columns of a table can be marked.")
        with transaction.atomic():
            old = marks_in(folder).of(schema, table)
            new = Marked(participant_column, dict(levels), old.default)
            if (old.participant_column, old.levels) == (new.participant_column, new.levels):
                return False
            _refuse_lowering(old, new, may_see)
            TableMarks.objects.update_or_create(
                folder=folder,
                folded_schema=schema.casefold(),
                folded_table=table.casefold(),
                defaults={
                    "schema": schema,
                    "table": table,
                    "participant_column": participant_column,
                    "levels": _named(levels),
                },
            )
            self._record(folder, schema, table, _described(old), _described(new), caller)
        return True

    def rename(
        self, folder: Folder, schema: str, table: str, new: str, columns: Mapping[str, str], caller: Caller
    ) -> None:
        """Let the marks of a table go along when it, or some of its columns, get other names.

        Call it inside the transaction that renames. Marks that the new names have already are not lowered.
        """
        old, taken = (marks_in(folder).of(schema, name) for name in (table, new))
        folded = {name.casefold(): other for name, other in columns.items()}
        levels = dict(taken.levels) if new.casefold() != table.casefold() else {}
        for name, level in old.levels.items():
            name = folded.get(name.casefold(), name)
            levels[name] = max(level, levels.get(name, level))
        participant = folded.get(old.participant_column.casefold(), old.participant_column)
        if old.levels or old.participant_column:
            self.set_table(folder, schema, new, levels, participant or taken.participant_column, caller)

    def set_default(
        self, folder: Folder, schema: str, level: PhiLevel, caller: Caller, may_see: PhiLevel = PhiLevel.RESTRICTED
    ) -> bool:
        """Let the columns of a source that have no mark count as this. Raises as `set_table`."""
        with transaction.atomic():
            old = marks_in(folder).default_of(schema)
            if old is level:
                return False
            if level < old and old > may_see:
                raise MarksError(_more_than_you("Columns without a mark", old, may_see))
            SchemaMarks.objects.update_or_create(
                folder=folder,
                folded_schema=schema.casefold(),
                defaults={"schema": schema, "default_level": level.value},
            )
            told = {"default": old.wire_name}, {"default": level.wire_name}
            self._record(folder, schema, "", *told, caller)
        return True

    def _record(
        self, folder: Folder, schema: str, table: str, old: dict[str, Any], new: dict[str, Any], caller: Caller
    ) -> None:
        what = f"table {table} of {schema}" if table else f"columns of {schema} without a mark"
        comment = f"PHI marks of {what} in {folder.path}."
        details = {"old": old, "new": new}
        self.recorder.record(
            Event(Kind.MARKS_CHANGED, caller, comment, folder=folder.path, schema=schema, query=table, details=details)
        )


def _refuse_lowering(old: Marked, new: Marked, may_see: PhiLevel) -> None:
    """Refuse to show a column to who may not see it: to unmark it would be to read it."""
    for name in {*old.levels, *new.levels}:
        level = old.level_of(name)
        if new.level_of(name) < level and level > may_see:
            raise MarksError(_more_than_you(f"Column '{name}'", level, may_see))


def _more_than_you(what: str, level: PhiLevel, may_see: PhiLevel) -> str:
    return (
        f"{what}: the level is {level.label} and you may see {may_see.label}, so you may not lower it. "
        "Ask somebody who may see it."
    )


def _described(marked: Marked) -> dict[str, Any]:
    return {"participantColumn": marked.participant_column, "levels": _named(marked.levels)}


def _named(levels: Mapping[str, PhiLevel]) -> dict[str, str]:
    return {column: level.wire_name for column, level in sorted(levels.items())}
