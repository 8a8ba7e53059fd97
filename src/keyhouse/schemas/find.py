"""The schemas of a folder: ``core``, ``lists``, and one for each attached source. Names match in any letter case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from keyhouse.data import Source, SourceSpec, Table, UnknownTable
from keyhouse.schemas import core, lists
from keyhouse.schemas.errors import told
from keyhouse.schemas.lists import ListsSchema
from keyhouse.schemas.phi import seen
from keyhouse.schemas.saved import saved_table
from keyhouse.web.call import Call


class Schema(Protocol):
    """Tables under one name."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    def tables(self) -> Sequence[Table]:
        """Return the tables that are listed."""
        ...

    def table(self, name: str) -> Table | None:
        """Find a table, listed or not."""
        ...


@dataclass(frozen=True)
class CoreSchema:
    """The server's own lists, as far as this caller may see them."""

    call: Call
    folders: tuple[str, ...] | None = None
    name: str = core.SCHEMA
    description: str = "Users, groups, folders and keys of this server"

    def tables(self) -> Sequence[Table]:
        """Return the tables that this caller may see."""
        return [table for name in core.LISTED if (table := core.find(self.call, name, self.folders))]

    def table(self, name: str) -> Table | None:
        """Find a table; one that the caller may not see is as if it were not there."""
        return core.find(self.call, name, self.folders) or saved_table(self.call, self.name, name, self.folders)


@dataclass(frozen=True)
class SourceSchema:
    """The tables and views of one attached database; nothing is opened before one is asked for."""

    call: Call
    spec: SourceSpec
    description: str = "An attached database"

    @property
    def name(self) -> str:
        """The name under which the database was attached."""
        return self.spec.name

    def tables(self) -> Sequence[Table]:
        """Return all tables and views. Raises `WireError` where the database cannot be reached."""
        with told(self.call):
            found = (seen(self.call, self.name, table) for table in self._source.tables())
            return [table for table in found if table is not None]

    def table(self, name: str) -> Table | None:
        """Find a table or view. Raises `WireError` where the database cannot be reached."""
        with told(self.call):
            try:
                return seen(self.call, self.name, self._source.table(name))
            except UnknownTable:
                return saved_table(self.call, self.name, name)

    @property
    def _source(self) -> Source:
        return self.call.site.registry.source_of(self.spec)


def schemas_of(call: Call, folders: tuple[str, ...] | None = None) -> list[Schema]:
    """Return the schemas of the folder of a call, with rows of `folders` (entity ids): by default what each one says.

    Where rows belong to folders that is the folder of the call alone.
    """
    return [CoreSchema(call, folders), ListsSchema(call, folders), *_sources(call)]


def find_schema(call: Call, name: str, folders: tuple[str, ...] | None = None) -> Schema | None:
    """Find a schema of the folder of a call; `folders` as for `schemas_of`."""
    wanted = name.casefold()
    if wanted == core.SCHEMA:
        return CoreSchema(call, folders)
    if wanted == lists.SCHEMA:
        return ListsSchema(call, folders)
    return next((source for source in _sources(call) if source.name.casefold() == wanted), None)


def _sources(call: Call) -> Iterator[SourceSchema]:
    return (SourceSchema(call, spec) for spec in call.site.registry.specs(call.folder.path))
