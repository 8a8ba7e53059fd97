"""Keys of the rows that lookups point to, found by what stands for a row: its title (client-api.md, section 8.6)."""

from typing import Any

from keyhouse.data import Column, Filter, Kind, Query, SourceTable, Table
from keyhouse.data.lookups import named
from keyhouse.schemas.elsewhere import call_for
from keyhouse.schemas.errors import told
from keyhouse.schemas.find import find_schema
from keyhouse.web.call import Call

_HELD = 100_000


class AlternateKeys:
    """Replaces the title of a looked-up row by its key, as far as the caller may read the table it is in.

    What is no title of a row is left as it is: it may be a key. A title that two rows share stands for neither.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._found: dict[str, _Titles | None] = {}

    @property
    def tables(self) -> list[str]:
        """Name the tables that were asked."""
        return sorted({titles.table.name for titles in self._found.values() if titles})

    def __call__(self, column: Column, value: Any) -> Any:
        """Return the key that a value of a column stands for, or the value."""
        if column.lookup is None or not isinstance(value, str):
            return value
        if column.name not in self._found:
            self._found[column.name] = self._titles(column)
        titles = self._found[column.name]
        key = titles.key_of(value) if titles else None
        return value if key is None else key

    def _titles(self, column: Column) -> "_Titles | None":
        assert column.lookup is not None
        call = call_for(self._call, column.lookup.container)
        # Who may insert and not read must not learn, by trying, which titles there are.
        may_read = call is not None and call.may_read_data(call.folder)
        schema = find_schema(call, column.lookup.schema or call.folder.path) if call and may_read else None
        table = schema.table(column.lookup.table) if schema else None
        title = _title(table) if table else None
        if table is None or title is None:
            return None
        # Where the caller does not see the column that is pointed to, no other one stands in for it.
        key = named(table.columns, column.lookup.column) if column.lookup.column else table.key
        if key is None or key.is_blank:
            return None
        return _Titles(self._call, table, title, key)


class _Titles:
    """The keys of one table by title: all at once where they are few, else asked for one by one."""

    def __init__(self, call: Call, table: Table, title: Column, key: Column) -> None:
        self.table = table
        self._call, self._title, self._key = call, title, key
        pairs = self._read((), _HELD + 1)
        self._is_whole = len(pairs) <= _HELD
        self._held = _unshared(pairs) if self._is_whole else {}

    def key_of(self, title: str) -> Any:
        """Return the key, or None."""
        if not self._is_whole and title not in self._held:
            pairs = self._read((Filter(self._title.name, "eq", title),), 2)
            self._held[title] = pairs[0][1] if len(pairs) == 1 else None
        return self._held.get(title)

    def _read(self, filters: tuple[Filter, ...], most: int) -> list[tuple[Any, Any]]:
        query = Query((self._title.name, self._key.name), filters, max_rows=most)
        with told(self._call), self.table.select(query) as rows:
            return [(row[0], row[1]) for row in rows]


def _unshared(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for title, key in pairs:
        found[str(title)] = None if str(title) in found else key
    return found


def _title(table: Table) -> Column | None:
    named = table.shape.title_column if isinstance(table, SourceTable) else ""
    seen = [column for column in table.columns if not column.is_blank]
    columns = [column for column in seen if column.kind is Kind.STRING and not column.hidden]
    chosen = (column for column in seen if column.name.casefold() == named.casefold())
    return next(chosen, None) or next(iter(columns), None)
