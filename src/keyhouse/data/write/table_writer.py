"""The rows of one table, written in a transaction. Names come from reflection, values travel as parameters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from keyhouse.data.columns import Column
from keyhouse.data.errors import RowRefused
from keyhouse.data.reflection import TableShape
from keyhouse.data.write.intake import Values
from keyhouse.data.write.stamp import Stamp
from keyhouse.data.write.transaction import Transaction

Key = tuple[Any, ...]
_AT_ONCE = 500
# Short names such as "created" stand in sentences too; those of fields are long and random.
_OWN_WORD = 20
_RULES = ("unique constraint", "not-null constraint", "foreign key constraint", "check constraint")


class TableWriter:
    """Writes rows of a table; where rows belong to folders, only those of the stamp's folder.

    Values are by column name, as `Intake` gives them, and keys as tuples in the order of the key columns. What is
    returned of a row is by column name too, as the database has it now, and without the columns `unseen`: of a table
    with such columns a refusal says no more than what kind of rule was broken.
    """

    def __init__(
        self,
        transaction: Transaction,
        shape: TableShape,
        schema: str | None,
        stamp: Stamp,
        unseen: Collection[str] = (),
    ) -> None:
        self._transaction = transaction
        self._unseen = frozenset(unseen)
        self._shape = shape
        self._stamp = stamp
        self._has_folders = shape.container is not None
        self._keys = [column for column in shape.columns if column.key]
        self._stamped = [each for each in shape.columns if stamp.on_insert(each, self._has_folders) is not None]
        types = dict(zip((column.name for column in shape.columns), shape.types, strict=True))
        self._readers = [transaction.source.reader(column, types[column.name]) for column in shape.columns]
        self._table = sa.table(
            quoted_name(shape.storage or shape.name, quote=True),
            *(_column(transaction, column, types[column.name]) for column in shape.columns),
            *self._container(),
            schema=schema and quoted_name(schema, quote=True),
        )

    def insert(self, values: Values) -> Values:
        """Add a row and return it. Raise RowRefused."""
        statement = sa.insert(self._table).values(self._new(values)).returning(*self._all)
        with self._in_names():
            return self._read(self._transaction.rows(statement)[0])

    def insert_many(self, rows: Iterable[Values]) -> int:
        """Add rows, many at a time. Raise RowRefused."""
        statement, count = sa.insert(self._table), 0
        pending: list[dict[str, Any]] = []
        for values in rows:
            row = self._new(values)
            if pending and (len(pending) >= _AT_ONCE or pending[0].keys() != row.keys()):
                with self._in_names():
                    self._transaction.change_many(statement, pending)
                pending = []
            pending.append(row)
            count += 1
        if pending:
            with self._in_names():
                self._transaction.change_many(statement, pending)
        return count

    def update(self, key: Key, values: Values) -> Values | None:
        """Change a row and return it; None if it is not there. Raise RowRefused."""
        changed = {**self._stored(values), **self._stamps_of_update()}
        if not changed:
            return self.find(key)
        statement = sa.update(self._table).where(*self._is_row(key)).values(changed).returning(*self._all)
        with self._in_names():
            rows = self._transaction.rows(statement)
        return self._read(rows[0]) if rows else None

    def delete(self, key: Key) -> bool:
        """Delete a row; False if it is not there. Raise RowRefused."""
        with self._in_names():
            return self._transaction.change(sa.delete(self._table).where(*self._is_row(key))) > 0

    def delete_all(self) -> int:
        """Delete every row of the folder (of the table, where rows have none) and count them."""
        with self._in_names():
            return self._transaction.change(sa.delete(self._table).where(*self._in_folder()))

    def find(self, key: Key) -> Values | None:
        """Return a row as it is, or None."""
        rows = self._transaction.rows(sa.select(*self._all).select_from(self._table).where(*self._is_row(key)))
        return self._read(rows[0]) if rows else None

    def present(self, keys: Sequence[Key]) -> set[Key]:
        """Return those of the keys that have a row in the folder."""
        return {key for key, _folder in self._found(keys, *self._in_folder())}

    def folders_of(self, keys: Sequence[Key]) -> dict[Key, str]:
        """Return in which folder each row lies, whichever it is; keys without a row are left out."""
        return dict(self._found(keys))

    def move(self, keys: Sequence[Key], folder: str) -> int:
        """Move rows of any folder into another and count them."""
        count = 0
        for some in _pieces(keys):
            moved = {**self._stamps_of_update(), **self._in(folder)}
            with self._in_names():
                count += self._transaction.change(sa.update(self._table).where(self._one_of(some)).values(moved))
        return count

    def count_on(self) -> None:
        """Let the database number further rows after those whose numbers were given. SQLite does so by itself."""
        if self._transaction.is_sqlite:
            return
        for column in self._keys:
            name, schema = self._shape.storage or self._shape.name, self._table.schema
            whole = ".".join(f'"{part.replace(chr(34), chr(34) * 2)}"' for part in (schema, name) if part)
            sequence = sa.func.pg_get_serial_sequence(whole, column.stored_as)
            last = sa.select(sa.func.max(self._table.c[column.stored_as])).scalar_subquery()
            self._transaction.rows(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1))))

    @contextmanager
    def _in_names(self) -> Iterator[None]:
        """Let a refusal speak of tables and columns by their names; those of lists are stored under others."""
        try:
            yield
        except RowRefused as error:
            error.args = (_veiled(str(error)) if self._unseen else _renamed(str(error), self._shape),)
            raise

    @property
    def _all(self) -> list[sa.ColumnElement[Any]]:
        # As the driver gives them: SQLAlchemy's own conversions fail on what SQLite allows in a column.
        return [self._raw(column) for column in self._shape.columns]

    def _raw(self, column: Column) -> sa.ColumnElement[Any]:
        return sa.type_coerce(self._table.c[column.stored_as], sa.types.NullType()).label(column.stored_as)

    def _container(self) -> Iterator[sa.ColumnClause[Any]]:
        name = self._shape.container
        if name is not None and name not in {column.stored_as for column in self._shape.columns}:
            yield sa.column(quoted_name(name, quote=True), sa.Text())

    def _read(self, row: Sequence[Any]) -> Values:
        pairs = zip(self._shape.columns, row, self._readers, strict=True)
        seen = ((column.name, read(value) if read else value) for column, value, read in pairs)
        return {name: value for name, value in seen if name not in self._unseen}

    def _new(self, values: Values) -> dict[str, Any]:
        stamped = {each.stored_as: self._stamp.on_insert(each, self._has_folders) for each in self._stamped}
        return {**self._stored(values), **stamped, **self._in(self._stamp.folder)}

    def _in(self, folder: str) -> dict[str, Any]:
        return {self._shape.container: folder} if self._shape.container else {}

    def _stamps_of_update(self) -> dict[str, Any]:
        pairs = ((column, self._stamp.on_update(column)) for column in self._shape.columns)
        return {column.stored_as: value for column, value in pairs if value is not None}

    def _stored(self, values: Values) -> dict[str, Any]:
        return {each.stored_as: values[each.name] for each in self._shape.columns if each.name in values}

    def _in_folder(self) -> list[sa.ColumnElement[bool]]:
        return [self._table.c[self._shape.container] == self._stamp.folder] if self._shape.container else []

    def _is_row(self, key: Key) -> list[sa.ColumnElement[bool]]:
        return [*self._in_folder(), self._is(key)]

    def _is(self, key: Key) -> sa.ColumnElement[bool]:
        pairs = zip(self._keys, key, strict=True)
        return sa.and_(sa.true(), *(self._table.c[column.stored_as] == value for column, value in pairs))

    def _one_of(self, keys: Sequence[Key]) -> sa.ColumnElement[bool]:
        if len(self._keys) == 1:
            return self._table.c[self._keys[0].stored_as].in_([key[0] for key in keys])
        return sa.or_(*(self._is(key) for key in keys))

    def _found(self, keys: Sequence[Key], *where: sa.ColumnElement[bool]) -> Iterator[tuple[Key, str]]:
        container = self._table.c[self._shape.container] if self._shape.container else sa.literal("")
        readers = dict(zip((column.name for column in self._shape.columns), self._readers, strict=True))
        chosen = [self._raw(column) for column in self._keys]
        for some in _pieces(keys):
            query = sa.select(*chosen, container).select_from(self._table).where(self._one_of(some), *where)
            for row in self._transaction.rows(query):
                yield _key(self._keys, row, readers), str(row[-1])


def _column(transaction: Transaction, column: Column, type_: sa.types.TypeEngine[Any]) -> sa.ColumnClause[Any]:
    if isinstance(type_, sa.JSON):
        type_ = type(type_)(none_as_null=True)  # None would be JSON's null, which is not NULL
    return sa.column(quoted_name(column.stored_as, quote=True), transaction.source.bind_type(column, type_))


def _veiled(text: str) -> str:
    # The database's own words name the columns of the rule, and PostgreSQL quotes the values of the whole row.
    kind = next((each for each in _RULES if each in text), "rule")
    return f"ERROR: the row violates a {kind} of its table"


def _renamed(text: str, shape: TableShape) -> str:
    if not shape.storage or shape.storage == shape.name:
        return text
    for column in shape.columns:
        text = text.replace(column.stored_as, column.name) if len(column.stored_as) > _OWN_WORD else text
    return text.replace(shape.storage, shape.name)


def _key(columns: Sequence[Column], row: Sequence[Any], readers: Mapping[str, Any]) -> Key:
    pairs = zip(columns, row[: len(columns)], strict=True)
    return tuple(read(value) if (read := readers[column.name]) else value for column, value in pairs)


def _pieces(keys: Iterable[Key]) -> Iterator[list[Key]]:
    left = iter(keys)
    while some := list(islice(left, _AT_ONCE)):
        yield some
