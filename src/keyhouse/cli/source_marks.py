"""``keyhouse source marks``: the PHI levels and participant columns of a source's tables, from a file and into one."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli.failure import Wrong
from keyhouse.cli.site import caller, open_site

if TYPE_CHECKING:
    from keyhouse.authz.models import Folder
    from keyhouse.compliance.marks_file import Said
    from keyhouse.data import SourceTable
    from keyhouse.web.site import Site

_FORMATS = ("toml", "json", "csv")


def marks(folder: str, name: str, file: Path | None, export: str | None) -> None:
    """Set the marks of a source from a file, or write them to standard output."""
    if (file is None) == (export is None):
        raise Wrong("Give either --file with the marks to set, or --export with the format to write.")
    with open_site() as site:
        from keyhouse.authz.folders import find
        from keyhouse.sources.attach import find as find_source

        found = find(folder)
        source = find_source(name, found)
        if file is not None:
            _set(site, found, source.name, file)
        else:
            _write(site, found, source.name, export or "toml")


def _set(site: "Site", folder: "Folder", source: str, file: Path) -> None:
    from keyhouse.compliance.marks import MarksError

    said = _read(file)
    tables = site.registry.get(folder.path, source).tables()
    _check(said, tables, source)
    changed = 0
    try:
        if said.default is not None:
            changed += site.table_marks.set_default(folder, source, said.default, caller())
        for name, table in said.tables.items():
            set_so = site.table_marks.set_table(folder, source, name, table.levels, table.participant, caller())
            changed += set_so
    except MarksError as error:
        raise Wrong(str(error)) from None
    click.echo(f"Marks of {source}: {len(said.tables)} tables read, {changed} changes made.")
    _warn(site, folder, source, tables)


def _read(file: Path) -> "Said":
    from keyhouse.compliance.marks_file import FileError, parse

    format_ = file.suffix.lower().lstrip(".")
    if format_ not in _FORMATS:
        raise Wrong(f"{file}: the name must end in .toml, .json or .csv.")
    try:
        return parse(file.read_text("utf-8"), format_)
    except (FileError, UnicodeDecodeError) as error:
        raise Wrong(f"{file}: {error}") from None


def _check(said: "Said", tables: "tuple[SourceTable, ...]", source: str) -> None:
    known = {table.name.casefold(): table for table in tables}
    for name, each in said.tables.items():
        table = known.get(name.casefold())
        if table is None:
            raise Wrong(f"Source '{source}' has no table or view '{name}'. Nothing was changed.")
        columns = {column.name.casefold() for column in table.columns}
        for column in (*each.levels, *([each.participant] if each.participant else [])):
            if column.casefold() not in columns:
                raise Wrong(f"Table '{name}' has no column '{column}'. Nothing was changed.")


def _warn(site: "Site", folder: "Folder", source: str, tables: "tuple[SourceTable, ...]") -> None:
    from keyhouse.schemas.marking import forgotten

    for each in forgotten(source, tables, site.table_marks.read(folder)):
        click.echo(f"Column '{each.column}' of '{each.table}' has no mark, and {each.reason}.", err=True)


def _write(site: "Site", folder: "Folder", source: str, format_: str) -> None:
    from keyhouse.compliance.marks_file import Said, TableSaid, write
    from keyhouse.compliance.models import TableMarks
    from keyhouse.core.phi import PhiLevel

    read = site.table_marks.read(folder)
    rows = TableMarks.objects.filter(folder=folder, folded_schema=source.casefold()).order_by("folded_table")
    said = Said(default=read.default_of(source) or PhiLevel.NOT_PHI)
    for row in rows:
        marked = read.of(source, row.table)
        said.tables[row.table] = TableSaid(dict(marked.levels), marked.participant_column)
    click.echo(write(said, format_), nl=False)
