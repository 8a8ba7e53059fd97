"""What a caller is told of a custom view: nothing about columns that they do not see, whoever made it.

A filter's value is one of such a column's. What is not there at all is told, as a view keeps it until it is saved anew.
"""

from dataclasses import replace

from keyhouse.data import Table, decode_field_key, encode_field_key
from keyhouse.data.lookups import Names
from keyhouse.queries.definition import ViewDefinition, ViewFilter
from keyhouse.schemas.asking import finder
from keyhouse.web.call import Call


def told_of(call: Call, table: Table, said: ViewDefinition) -> ViewDefinition:
    """Return what the caller may be told of a view of this table."""
    telling = _Telling(call, table)
    return replace(
        said,
        columns=tuple(each for each in said.columns if telling.is_told(each.field_key)),
        filters=tuple(each for each in said.filters if telling.is_filter_told(each)),
        sort=tuple((key, descending) for key, descending in said.sort if telling.is_told(key)),
        aggregates=tuple(each for each in said.aggregates if telling.is_told(each["fieldKey"])),
    )


class _Telling:
    def __init__(self, call: Call, table: Table) -> None:
        self._table = table
        self._find = finder(call)
        self._names = Names(table.columns, self._find)

    def is_filter_told(self, said: ViewFilter) -> bool:
        if said.op.lower() in {"q", "where"}:  # these are about any of the columns
            return not self._table.is_cut
        column = self._names.find(said.field_key)
        return not column.is_blank if column is not None else self.is_told(said.field_key)

    def is_told(self, field_key: str) -> bool:
        """Tell whether a name may be told: one that is not there may be hidden, unless its table hides nothing."""
        if self._names.find(field_key) is not None or field_key == "*":
            return True
        *steps, _last = decode_field_key(field_key)
        if not steps:
            return not self._table.is_cut
        above = self._names.find(encode_field_key(tuple(steps)))
        if above is None:
            return self.is_told(encode_field_key(tuple(steps)))
        target = self._find(above.lookup) if above.lookup else None
        return target is None if above.lookup is None else target is not None and not target.is_cut
