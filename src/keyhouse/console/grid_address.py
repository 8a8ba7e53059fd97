"""The state of a grid lives in its URL, in LabKey's parameters: what is shown, sorted, filtered, from which row on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

DEFAULT_ROWS = 100
MOST_ROWS = 1000
PREFIX = "query."
_TRUE = frozenset({"1", "true", "on", "yes"})
_CONTAINER_FILTERS = ("containerfilter", "query.containerfiltername", "containerfiltername")


@dataclass(frozen=True)
class GridFilter:
    """One filter of the URL: ``query.age~gt=40``."""

    column: str
    op: str
    value: str = ""

    @property
    def parameter(self) -> str:
        """The name of its parameter."""
        return f"{PREFIX}{self.column}~{self.op}"


@dataclass(frozen=True)
class GridAddress:
    """All that a grid's URL says. `sort` has (column, descending) pairs, `given` a query's parameters.

    Without `columns` those of the view are shown, or else the table's own.
    """

    schema: str
    query: str
    sort: tuple[tuple[str, bool], ...] = ()
    filters: tuple[GridFilter, ...] = ()
    offset: int = 0
    max_rows: int = DEFAULT_ROWS
    view: str = ""
    ignores_view_filter: bool = False
    given: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    container_filter: str = ""

    @property
    def sort_text(self) -> str:
        """The sort as LabKey writes it: ``-age,sex``."""
        return ",".join(("-" if descending else "") + column for column, descending in self.sort)

    @property
    def selection(self) -> list[tuple[str, str]]:
        """The parameters that say which rows in which order, without paging: what an export needs."""
        pairs = [("schemaName", self.schema), ("query.queryName", self.query)]
        pairs += [("query.viewName", self.view)] if self.view else []
        pairs += [("query.ignoreFilter", "1")] if self.ignores_view_filter else []
        pairs += [("query.columns", ",".join(self.columns))] if self.columns else []
        pairs += [("query.containerFilterName", self.container_filter)] if self.container_filter else []
        pairs += [(f"{PREFIX}param.{name}", value) for name, value in self.given]
        pairs += [("query.sort", self.sort_text)] if self.sort else []
        return pairs + [(each.parameter, each.value) for each in self.filters]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """All parameters; what has its default is left out."""
        pairs = self.selection
        pairs += [("query.maxRows", str(self.max_rows))] if self.max_rows != DEFAULT_ROWS else []
        return pairs + ([("query.offset", str(self.offset))] if self.offset else [])

    def at(self, offset: int) -> "GridAddress":
        """Return the address of the page that begins with this row."""
        return replace(self, offset=max(offset, 0))

    def sorted_by(self, column: str) -> "GridAddress":
        """Return the address sorted by this column; a second time, the other way round."""
        return replace(self, sort=((column, self.direction_of(column) == "ascending"),), offset=0)

    def direction_of(self, column: str) -> str:
        """Tell ``ascending`` or ``descending`` for the column that sorts first (for `aria-sort`)."""
        if not self.sort or self.sort[0][0].lower() != column.lower():
            return ""
        return "descending" if self.sort[0][1] else "ascending"

    def filtered(self, added: GridFilter) -> "GridAddress":
        """Return the address with one filter more."""
        kept = tuple(each for each in self.filters if each != added)
        return replace(self, filters=(*kept, added), offset=0)

    def without(self, removed: GridFilter) -> "GridAddress":
        """Return the address with one filter less."""
        return replace(self, filters=tuple(each for each in self.filters if each != removed), offset=0)

    def seen_through(self, view: str) -> "GridAddress":
        """Return the address of the same table through another view, with its filters and sort alone."""
        return replace(self, view=view, ignores_view_filter=False, filters=(), sort=(), offset=0, columns=())

    def with_rows_of(self, container_filter: str) -> "GridAddress":
        """Return the address of the rows of other folders: a container filter, or none for this folder alone."""
        return replace(self, container_filter=container_filter, offset=0)

    def ignoring_view_filter(self, ignores: bool) -> "GridAddress":
        """Return the address without the filters and the sort of the view, or with them again."""
        return replace(self, ignores_view_filter=ignores, offset=0)

    def without_filters(self) -> "GridAddress":
        """Return the address with no filter."""
        return replace(self, filters=(), offset=0)


def read(pairs: Iterable[tuple[str, Any]]) -> GridAddress:
    """Read a grid's address from the parameters of a URL, whatever the letter case of their names.

    A number that is none has its default: a page should show something for a mangled link.
    """
    texts = [(name, value) for name, value in pairs if isinstance(value, str)]
    first = {name.lower(): value for name, value in reversed(texts)}
    return GridAddress(
        schema=first.get("schemaname") or first.get("query.schemaname", ""),
        query=first.get("query.queryname") or first.get("queryname", ""),
        sort=tuple(_sort(first.get("query.sort", ""))),
        filters=tuple(_filters(texts)),
        offset=_number(first.get("query.offset", ""), 0, 0, 2**53),
        max_rows=_number(first.get("query.maxrows", ""), DEFAULT_ROWS, 1, MOST_ROWS),
        view=(first.get("query.viewname") or first.get("viewname", "")).strip(),
        ignores_view_filter=first.get("query.ignorefilter", "").strip().lower() in _TRUE,
        given=tuple(_given(texts)),
        columns=tuple(_columns(texts)),
        container_filter=next((first[name] for name in _CONTAINER_FILTERS if first.get(name)), "").strip(),
    )


def _sort(text: str) -> Iterable[tuple[str, bool]]:
    for part in text.split(","):
        column = part.strip().lstrip("+-").strip()
        if column:
            yield column, part.strip().startswith("-")


def _given(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    prefix = f"{PREFIX}param."
    for name, value in pairs:
        if name.lower().startswith(prefix) and len(name) > len(prefix):
            yield name[len(prefix) :], value


def _columns(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    for name, value in pairs:
        if name.lower() in {f"{PREFIX}columns", "columns"}:
            yield from (column for part in value.split(",") if (column := part.strip()))


def _filters(pairs: Iterable[tuple[str, str]]) -> Iterable[GridFilter]:
    for name, value in pairs:
        if name.lower() == "query~q":
            yield GridFilter("*", "q", value)
        column, tilde, op = name[len(PREFIX) :].rpartition("~")
        if tilde and column and name.lower().startswith(PREFIX):
            yield GridFilter(column, op.lower(), value)


def _number(text: str, default: int, least: int, most: int) -> int:
    try:
        return min(max(int(text), least), most)
    except ValueError:
        return default
