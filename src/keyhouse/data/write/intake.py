"""Rows as clients send them become rows of a table: names matched, values converted, what is missing told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from keyhouse.data.columns import Column, Kind
from keyhouse.data.reflection import TableShape
from keyhouse.data.values import BadValue
from keyhouse.data.write.faults import Fault, RowFaults
from keyhouse.data.write.layout import Layout
from keyhouse.data.write.rules import Patience, Rule
from keyhouse.data.write.stamp import is_stamped
from keyhouse.data.write.values import Taker, taker

Values = dict[str, Any]
Resolve = Callable[[Column, Any], Any]
_ABSENT = object()


def _as_sent(_column: Column, value: Any) -> Any:
    return value


class Intake:
    """Turns rows of a client into values by column name.

    `columns` are those that the caller may see: others are unknown. What the server writes itself, and what it does not
    know, is passed over, as the original does. `takes_numbers` lets a client choose the keys that the database numbers.
    `blank_is_null` says that an empty text means nothing (in files, and in lists). `resolve` may replace a value before
    it is converted: it finds the key for the title of a row that a lookup points to. `rules` by the names of columns
    are what values must keep to that are to be stored.
    """

    def __init__(
        self,
        shape: TableShape,
        columns: Sequence[Column],
        is_sqlite: bool,
        takes_numbers: bool = False,
        blank_is_null: bool = False,
        resolve: Resolve = _as_sent,
        rules: Mapping[str, Sequence[Rule]] = MappingProxyType({}),
    ) -> None:
        types = {column.name: type_ for column, type_ in zip(shape.columns, shape.types, strict=True)}
        has_folders = shape.container is not None
        known = [column for column in columns if column.name in types]
        self.keys = tuple(column for column in known if column.key)
        self._layout = Layout(known)
        self._takers: dict[str, Taker] = {each.name: taker(each, types[each.name], is_sqlite) for each in known}
        self._kept = {each.name for each in known if _is_kept(each, has_folders, takes_numbers)}
        self._required = [each for each in known if each.name in self._kept and _is_required(each)]
        self._empty_texts = {
            each.name
            for each in known
            if blank_is_null or each.kind is not Kind.STRING or not isinstance(types[each.name], sa.String)
        }
        self._resolve = resolve
        patience = Patience()
        self._rules = {name: [(rule, rule.test(patience)) for rule in several] for name, several in rules.items()}

    def lacking(self, names: Sequence[str]) -> list[Fault]:
        """Say which columns no row can do without, and none of these names is for."""
        given = {column.name for name in names if (column := self._layout.find(name))}
        absent = (column.name for column in self._required if column.name not in given)
        return [Fault(f"Data does not contain required field: {name}", name) for name in absent]

    def lacking_keys(self, names: Sequence[str]) -> list[Fault]:
        """Say which of the key columns none of these names is for."""
        given = {column.name for name in names if (column := self._layout.find(name))}
        absent = (column.name for column in self.keys if column.name not in given)
        return [Fault(f"Data does not contain required field: {name}", name) for name in absent]

    def names_any(self, names: Iterable[str]) -> bool:
        """Tell whether any of the names is for a column of the table."""
        return any(self._layout.find(name) for name in names)

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Return the names that are for no column of the table."""
        return [name for name in names if self._layout.find(name) is None]

    def known(self, names: Iterable[str]) -> list[str]:
        """Return the columns that these names are for and that a client may write."""
        found = (self._layout.find(name) for name in names)
        return list(dict.fromkeys(column.name for column in found if column and column.name in self._kept))

    def blank(self) -> Values:
        """Return every column that a client may write, the keys left out, as empty."""
        keys = {column.name for column in self.keys}
        return dict.fromkeys(self._kept - keys)

    def new(self, row: Mapping[str, Any]) -> Values:
        """Read a row that is to be inserted. Raise RowFaults."""
        values, faults = self._read(row, self._kept)
        refused = {fault.field for fault in faults}
        for column in self._required:
            if values.get(column.name) is None and column.name not in refused:
                faults.append(_missing(column))
        return _sound(values, faults)

    def changed(self, row: Mapping[str, Any], changes_keys: bool = False) -> Values:
        """Read the values of a row that is to be updated; its keys only if they are to change. Raise RowFaults."""
        keys = set() if changes_keys else {column.name for column in self.keys}
        values, faults = self._read(row, self._kept - keys)
        for column in self._required:
            if values.get(column.name, _ABSENT) is None:
                faults.append(_missing(column))
        return _sound(values, faults)

    def key(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Read which row is meant. Raise RowFaults for a key that is not there."""
        values, faults = self._read(row, {column.name for column in self.keys}, is_stored=False)
        for column in self.keys:
            if values.get(column.name) is None and not faults:
                faults.append(Fault(f"Value for key field '{column.name}' was null or not supplied!", column.name))
        _sound(values, faults)
        return tuple(values[column.name] for column in self.keys)

    def has_key(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row says which row it is."""
        given = {column.name for name, value in row.items() if _says(value) and (column := self._layout.find(name))}
        return bool(self.keys) and all(column.name in given for column in self.keys)

    def _read(self, row: Mapping[str, Any], wanted: set[str], is_stored: bool = True) -> tuple[Values, list[Fault]]:
        values: Values = {}
        faults: list[Fault] = []
        sent: dict[str, Any] = {}
        for name, value in row.items():
            column = self._layout.find(name)
            if column is None or column.name not in wanted:
                continue
            if sent.setdefault(column.name, value) != value:
                faults.append(Fault(f"The row has two values for column '{column.name}'.", column.name))
                continue
            try:
                values[column.name] = self._taken(column, value)
                if is_stored and values[column.name] is not None:
                    self._check(column.name, values[column.name])
            except BadValue as error:
                faults.append(Fault(str(error), column.name))
        return values, faults

    def _taken(self, column: Column, value: Any) -> Any:
        if value is None or (isinstance(value, str) and self._is_null(column, value)):
            return None
        resolved = self._resolve(column, value)
        return self._takers[column.name](resolved)

    def _check(self, name: str, value: Any) -> None:
        for rule, is_kept in self._rules.get(name, ()):
            if not is_kept(value):
                raise rule.broken_by(value)

    def _is_null(self, column: Column, text: str) -> bool:
        if not text.strip():
            return column.name in self._empty_texts
        # R writes a missing number as this text.
        return text == "NA" and column.kind is not Kind.STRING


def _is_kept(column: Column, has_folders: bool, takes_numbers: bool) -> bool:
    if column.read_only or column.calculated or column.path or is_stamped(column, has_folders):
        return False
    return takes_numbers or not column.auto_increment


def _is_required(column: Column) -> bool:
    return not (column.nullable or column.has_default or column.auto_increment)


def _says(value: Any) -> bool:
    return value is not None and value != ""


def _missing(column: Column) -> Fault:
    return Fault(f"Missing value for required property: {column.name}", column.name)


def _sound(values: Values, faults: list[Fault]) -> Values:
    if faults:
        raise RowFaults(faults)
    return values
