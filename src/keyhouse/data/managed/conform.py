"""Make a table what its design says, in one transaction: nothing is done twice, and nothing that is right is touched.

The design is the truth. Whatever state a crash left the table in, conforming again brings it to the design, so the
same function makes a change and mends one that was cut off (docs/decisions has the order of the steps).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable, DropIndex, DropTable
from sqlalchemy.sql.elements import quoted_name

from keyhouse.data.managed.convert import as_text, converted
from keyhouse.data.managed.shapes import ManagedColumn, ManagedTable, Stored

_BATCH = 500
_SHOWN = 5
_ELSEWHERE = "in folders that you may not read"


class Unsuitable(Exception):
    """The rows that are there do not fit what the table is to be; the text names the field and some of the rows."""


class Unconvertible(Unsuitable): ...


class DuplicateRows(Unsuitable): ...


class MissingValues(Unsuitable): ...


class LongTexts(Unsuitable): ...


class Work:
    """One open transaction on the managed database, for changes of tables.

    Errors name the rows, and tell the values, of `shown` folders alone (entity ids); None means of all.
    """

    def __init__(self, connection: sa.Connection, schema: str | None, shown: Collection[str] | None = None) -> None:
        self._connection = connection
        self._schema = schema
        self._shown = shown

    def conform(self, wanted: ManagedTable) -> None:
        """Make, alter or leave a table so that it is as wanted. Raise Unsuitable where rows stand against it."""
        if not sa.inspect(self._connection).has_table(wanted.storage, self._schema):
            self._connection.execute(CreateTable(self._table(wanted.storage, wanted.columns)))
            present = {each.column.stored_as for each in wanted.columns}
        else:
            present = self._add_columns(wanted)
        self._drop_indices(wanted)
        self._drop_columns(wanted, present)
        self._check_rows(wanted)
        self._make_indices(wanted)

    def drop(self, storage: str) -> None:
        """Drop a table if it is there."""
        self._connection.execute(DropTable(self._table(storage, ()), if_exists=True))

    def delete_rows(self, storage: str, containers: Collection[str]) -> None:
        """Delete the rows of a table that belong to these containers, if it is there."""
        if sa.inspect(self._connection).has_table(storage, self._schema):
            table = sa.table(quoted_name(storage, quote=True), sa.column("container"), schema=self._schema)
            self._connection.execute(sa.delete(table).where(table.c.container.in_(containers)))

    def row_count(self, storage: str) -> int:
        """Count the rows of a table, whatever folder they belong to."""
        statement = sa.select(sa.func.count()).select_from(self._table(storage, ()))
        return int(self._connection.execute(statement).scalar_one())

    def _table(self, storage: str, columns: Sequence[ManagedColumn]) -> sa.Table:
        return sa.Table(
            quoted_name(storage, quote=True),
            sa.MetaData(),
            *(_column(each) for each in columns),
            schema=self._schema,
            # SQLite would give the number of a deleted last row to the next one.
            sqlite_autoincrement=any(each.column.auto_increment for each in columns),
        )

    def _add_columns(self, wanted: ManagedTable) -> set[str]:
        found = sa.inspect(self._connection).get_columns(wanted.storage, self._schema)
        present = {each["name"] for each in found}
        for each in wanted.columns:
            if each.column.stored_as not in present:
                self._add_column(wanted, each)
                if each.taken_from and each.taken_from[0] in present:
                    self._convert(wanted, each, *each.taken_from)
        return present

    def _add_column(self, wanted: ManagedTable, each: ManagedColumn) -> None:
        table = self._table(wanted.storage, wanted.columns)
        preparer = self._connection.dialect.identifier_preparer
        # SQLAlchemy has no construct for it; both names are made by us and quoted all the same.
        specification = sa.schema.CreateColumn(table.c[each.column.stored_as]).compile(dialect=self._connection.dialect)
        self._connection.exec_driver_sql(f"ALTER TABLE {preparer.format_table(table)} ADD COLUMN {specification}")

    def _drop_columns(self, wanted: ManagedTable, present: set[str]) -> None:
        table = self._table(wanted.storage, ())
        preparer = self._connection.dialect.identifier_preparer
        for name in sorted(present - {each.column.stored_as for each in wanted.columns}):
            dropped = f"ALTER TABLE {preparer.format_table(table)} DROP COLUMN {preparer.quote_identifier(name)}"
            self._connection.exec_driver_sql(dropped)

    def _index_names(self, wanted: ManagedTable) -> set[str]:
        found = sa.inspect(self._connection).get_indexes(wanted.storage, self._schema)
        return {str(each["name"]) for each in found if str(each["name"]).startswith("index_")}

    def _indices(self, wanted: ManagedTable) -> Iterator[sa.Index]:
        table = self._table(wanted.storage, wanted.columns)
        for each in wanted.indices:
            columns = (table.c[name] for name in each.columns)
            yield sa.Index(each.name_in(wanted.storage), *columns, unique=each.is_unique)

    def _drop_indices(self, wanted: ManagedTable) -> None:
        kept = {str(index.name) for index in self._indices(wanted)}
        for name in sorted(self._index_names(wanted) - kept):
            index = sa.Index(name, self._table(wanted.storage, wanted.columns).c[wanted.container])
            self._connection.execute(DropIndex(index, if_exists=True))

    def _make_indices(self, wanted: ManagedTable) -> None:
        present = self._index_names(wanted)
        for index in self._indices(wanted):
            if index.name not in present:
                if index.unique:
                    self._refuse_duplicates(wanted, tuple(column.name for column in index.columns))
                self._connection.execute(CreateIndex(index))

    def _refuse_duplicates(self, wanted: ManagedTable, names: Sequence[str]) -> None:
        table = self._table(wanted.storage, wanted.columns)
        columns = [table.c[name] for name in names]
        present = [column.is_not(None) for column in columns]
        # Who is told a value has a row with it before their eyes.
        seen = sa.func.max(sa.case((self._is_shown(table, wanted), 1), else_=0))
        statement = sa.select(*columns, seen).where(*present).group_by(*columns).having(sa.func.count() > 1)
        if found := self._connection.execute(statement.order_by(seen.desc()).limit(_SHOWN)).all():
            fields = ", ".join(f"'{_named(wanted, name)}'" for name in names)
            values = "; ".join(", ".join(as_text(value) for value in row[:-1]) for row in found if row[-1])
            told = f"Several rows have: {values[:500]}" if values else f"Several rows are alike {_ELSEWHERE}"
            raise DuplicateRows(f"The values of {fields} are not unique. {told}.")

    def _check_rows(self, wanted: ManagedTable) -> None:
        table = self._table(wanted.storage, wanted.columns)
        for each in wanted.columns:
            column, name = table.c[each.column.stored_as], each.column.name
            if not each.column.nullable and not each.column.key:
                for keys in self._keys(table, wanted, column.is_(None)):
                    raise MissingValues(f"The field '{name}' cannot be required: it has no value in {keys}.")
            if each.stored is Stored.TEXT and each.column.scale:
                too_long = sa.func.length(column) > each.column.scale
                for keys in self._keys(table, wanted, too_long):
                    text = f"The field '{name}' holds longer texts than {each.column.scale} characters in {keys}."
                    raise LongTexts(text)

    def _keys(self, table: sa.Table, wanted: ManagedTable, condition: sa.ColumnElement[bool]) -> Iterator[str]:
        key = table.c[wanted.key.column.stored_as]
        is_hidden = sa.case((self._is_shown(table, wanted), 0), else_=1)
        statement = sa.select(key, is_hidden).where(condition).order_by(is_hidden, key).limit(_SHOWN + 1)
        if found := self._connection.execute(statement).all():
            shown = [as_text(row[0]) for row in found if not row[1]]
            more = " and others" if len(found) > _SHOWN else ""
            yield f"row {', '.join(shown[:_SHOWN])}{more}" if shown else f"rows {_ELSEWHERE}"

    def _is_shown(self, table: sa.Table, wanted: ManagedTable) -> sa.ColumnElement[bool]:
        return sa.true() if self._shown is None else table.c[wanted.container].in_(self._shown)

    def _convert(self, wanted: ManagedTable, each: ManagedColumn, old_storage: str, old: Stored) -> None:
        table = self._table(wanted.storage, wanted.columns)
        key, new = table.c[wanted.key.column.stored_as], table.c[each.column.stored_as]
        source = sa.column(quoted_name(old_storage, quote=True), old.type, _selectable=table)
        is_shown = sa.case((self._is_shown(table, wanted), 1), else_=0)
        statement = sa.select(key, source, is_shown).select_from(table).where(source.is_not(None)).order_by(key)
        update = sa.update(table).where(key == sa.bindparam("row_key")).values({new: sa.bindparam("new_value")})
        refused: list[str] = []
        last: Any = None
        while rows := self._connection.execute(
            statement.where(key > last) if last is not None else statement
        ).fetchmany(_BATCH):
            values = list(_converted(rows, each, refused))
            if values and not refused:
                self._connection.execute(update, values)
            last = rows[-1][0]
            if len(refused) > _SHOWN:
                break
        if refused:
            more = " There are others." if len(refused) > _SHOWN else ""
            raise Unconvertible(f"{'; '.join(refused[:_SHOWN])}.{more}")


def _column(each: ManagedColumn) -> sa.Column[Any]:
    name = quoted_name(each.column.stored_as, quote=True)
    if not each.column.key:
        return sa.Column(name, each.stored.type)
    if each.column.auto_increment:
        return sa.Column(name, each.stored.type, sa.Identity(), primary_key=True)
    return sa.Column(name, each.stored.type, primary_key=True, autoincrement=False)


def _converted(rows: Sequence[Any], each: ManagedColumn, refused: list[str]) -> Iterator[dict[str, Any]]:
    for key, value, is_shown in rows:
        try:
            yield {"row_key": key, "new_value": converted(value, each.stored)}
        except (ValueError, OverflowError):
            name = each.column.name
            told, where = (
                (f" '{as_text(value)[:100]}'", f"row {as_text(key)}") if is_shown else ("", f"a row {_ELSEWHERE}")
            )
            refused.append(f"Could not convert value{told} of field '{name}' in {where}")


def _named(wanted: ManagedTable, storage: str) -> str:
    return next(each.column.name for each in wanted.columns if each.column.stored_as == storage)
