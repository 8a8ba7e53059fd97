"""What all parts of one compilation share: the workshop, the tables that were opened, the bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from keyhouse.data.columns import Column, Lookup
from keyhouse.data.sql.catalog import Catalog
from keyhouse.data.sql.errors import refusal
from keyhouse.data.sql.parse import Parameter
from keyhouse.data.sql.relations import Field, Relation
from keyhouse.data.sql.terms import Workshop, identifier
from keyhouse.data.tables import Table

if TYPE_CHECKING:
    from keyhouse.data.sql.rows import Rows

MOST_TABLES = 50
MOST_COLUMNS = 1000
_MOST_EXPANDED = 300


@dataclass
class TableUse:
    """One appearance of a stored table. `columns` are those that the statement needs, by their made-up names."""

    name: str
    table: Table
    columns: dict[str, Column] = field(default_factory=dict)

    def need(self, name: str, column: Column) -> None:
        """Remember that the statement needs a column."""
        self.columns[name] = column


@dataclass
class Context:
    """One compilation. `embed` compiles another statement (a saved query) inside this one."""

    work: Workshop
    embed: Callable[[Table, Context], Rows | None]
    uses: list[TableUse] = field(default_factory=list)
    opened: int = 0
    weight: int = 0

    def weigh(self, number: int, place: exp.Expr) -> None:
        """Count tables as a database does that writes each query of WITH out where it is named: thirty queries that
        each name the one before twice would be a billion."""
        self.weight += number
        if self.weight > _MOST_EXPANDED:
            raise refusal("This statement names its queries too often, one within the other.", place)

    def open(self, names: Sequence[str], catalog: Catalog, label: str, place: exp.Expr) -> Relation:
        """Open a table that a statement names. Raise BadStatement."""
        found = catalog.table(names)
        if found is None:
            raise refusal(f"Query or table not found: {'.'.join(names)}", place)
        return self._relation(*found, label, place)

    def open_target(self, lookup: Lookup, catalog: Catalog, place: exp.Expr) -> Relation | None:
        """Open the table that a lookup points to."""
        table = catalog.target(lookup)
        return self._relation(table, catalog, lookup.table, place) if table is not None else None

    def rows_relation(self, rows: Rows, label: str, catalog: Catalog, body: exp.Expr | None = None) -> Relation:
        """Make a relation of a guarded SELECT."""
        fields = [Field(output.column, output.name) for output in rows.outputs]
        node = rows.node if body is None else body
        return Relation(self.work, self.work.name("r"), label, catalog, node, fields, self.open_target)

    def _relation(self, table: Table, catalog: Catalog, label: str, place: exp.Expr) -> Relation:
        self.opened += 1
        if self.opened > MOST_TABLES:
            raise refusal(f"A statement can speak of at most {MOST_TABLES} tables.", place)
        self.weigh(1, place)
        rows = self.embed(table, self)
        if rows is not None:
            return self.rows_relation(rows, label, catalog)
        use = TableUse(self.work.name("t"), table)
        self.uses.append(use)
        fields = [Field(column, f"c{index}") for index, column in enumerate(table.columns)]
        inside = {column.name: f"c{index}" for index, column in enumerate(table.columns)}
        body = exp.Table(this=identifier(use.name))
        relation = Relation(self.work, self.work.name("r"), label, catalog, body, fields, self.open_target)
        relation.note = lambda column: use.need(inside[column.name], column)
        return relation


@dataclass
class Scope:
    """The names that mean something at one place of a statement; those of an enclosing SELECT mean it there too."""

    context: Context
    catalog: Catalog
    parameters: Mapping[str, tuple[Parameter, object]]
    queries: Mapping[str, Rows]
    relations: list[Relation] = field(default_factory=list)
    parent: Scope | None = None

    def inner(self) -> Scope:
        """Open a scope inside this one."""
        return Scope(self.context, self.catalog, self.parameters, self.queries, parent=self)

    def add(self, relation: Relation, place: exp.Expr) -> Relation:
        """Add what FROM brings in; its label must be free."""
        if relation.label and any(each.label.casefold() == relation.label.casefold() for each in self.relations):
            raise refusal(f"{relation.label} was specified more than once", place)
        self.relations.append(relation)
        return relation

    def labelled(self, label: str) -> Relation | None:
        """Find what FROM calls by this name."""
        return next((each for each in self.relations if each.label.casefold() == label.casefold()), None)
