"""All marks of a folder in one read: they are asked for on every access to data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection

from keyhouse.authz.models import Folder
from keyhouse.core.phi import PhiLevel

_ALL = """
SELECT folded_schema, folded_table, participant_column, levels, NULL FROM keyhouse_table_marks WHERE folder_id = %s
UNION ALL
SELECT folded_schema, NULL, NULL, NULL, default_level FROM keyhouse_schema_marks WHERE folder_id = %s
"""


@dataclass(frozen=True)
class Marked:
    """What is said of one table. `levels` go by the names of columns as they were given."""

    participant_column: str = ""
    levels: Mapping[str, PhiLevel] = field(default_factory=dict)
    default: PhiLevel = PhiLevel.NOT_PHI

    def level_of(self, column: str) -> PhiLevel:
        """Return how identifying a column is; of marks that differ in letter case alone, the highest counts."""
        folded = column.casefold()
        found = (level for name, level in self.levels.items() if name.casefold() == folded)
        return max(found, default=self.default)

    @property
    def says_nothing(self) -> bool:
        """Tell whether every column is no PHI."""
        return not self.default and not any(self.levels.values())


@dataclass(frozen=True)
class FolderMarks:
    """What is said of the tables of one folder, by folded names."""

    tables: Mapping[tuple[str, str], Marked] = field(default_factory=dict)
    defaults: Mapping[str, PhiLevel] = field(default_factory=dict)

    def of(self, schema: str, table: str) -> Marked:
        """Return what is said of a table."""
        schema = schema.casefold()
        found = self.tables.get((schema, table.casefold()))
        return found or Marked(default=self.default_of(schema))

    def default_of(self, schema: str) -> PhiLevel:
        """Return what a column of a source counts as that has no mark."""
        return self.defaults.get(schema.casefold(), PhiLevel.NOT_PHI)


def marks_in(folder: Folder) -> FolderMarks:
    """Return all marks of a folder."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, [folder.id, folder.id])
        rows = cursor.fetchall()
    defaults = {schema: PhiLevel(default) for schema, table, _participant, _levels, default in rows if table is None}
    tables = {
        (schema, table): Marked(participant, _read(levels), defaults.get(schema, PhiLevel.NOT_PHI))
        for schema, table, participant, levels, _default in rows
        if table is not None
    }
    return FolderMarks(tables, defaults)


def _read(levels: str | Mapping[str, str]) -> dict[str, PhiLevel]:
    named: Mapping[str, str] = json.loads(levels) if isinstance(levels, str) else levels
    # A level that this version does not know is the most guarded one.
    return {column: _level(name) for column, name in named.items()}


def _level(name: str) -> PhiLevel:
    found = PhiLevel.named(name)
    return PhiLevel.RESTRICTED if found is None else found
