"""What a client asks of `selectRows` and `getQuery`, read from its parameters (client-api.md, sections 8.1 and 9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from keyhouse.data import Filter, Query, Table, encode_field_key
from keyhouse.web.errors import BadRequest, WireError
from keyhouse.web.parameters import Parameters

DEFAULT_ROWS = 100_000
_LARGEST = 2**53
# Far beyond any grid's, and below what a database takes in one statement.
_MOST_FILTERS, _MOST_NAMES = 500, 10_000
# No selection of rows is kept here: nothing is selected, and everything is not.
_SHOW_ALL, _SHOW_NONE = {"all", "unselected"}, {"none", "selected"}


@dataclass(frozen=True)
class SelectRequest:
    """One request for rows, of a table or of a statement.

    `columns` None means those of the view or, without one, of the table. `has_total` is False where the client can do
    without the number of all rows. `is_strict` is what the client asks for; the site may ask for more.
    """

    schema_name: str
    query_name: str
    columns: tuple[str, ...] | None = None
    filters: tuple[Filter, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    max_rows: int | None = None
    has_total: bool = True
    has_metadata: bool = True
    has_displays: bool = False
    has_details: bool = False
    is_minimal: bool = True
    is_strict: bool = False
    view_name: str = ""
    ignores_view_filter: bool = False
    container_filter: str = ""

    def query(self, table: Table, today: date | None = None) -> Query:
        """Put the request to a table; `schemas.asking.asked_by` makes it a question of the caller's."""
        return Query(
            *(self._with_keys(table), self.filters, self.sort, self.offset, self.max_rows),
            today=today,
            is_strict=self.is_strict,
        )

    def _with_keys(self, table: Table) -> tuple[str, ...] | None:
        """Where all columns are asked for, a hidden key goes along: it is the handle by which rows are deleted."""
        keys = [encode_field_key(column.field_key) for column in table.columns if column.key]
        hidden = [encode_field_key(column.field_key) for column in table.columns if column.key and column.hidden]
        if self.columns is not None and "*" not in self.columns:
            return self.columns if self.is_minimal else tuple(dict.fromkeys([*self.columns, *keys]))
        if not hidden:
            return self.columns
        visible = [encode_field_key(column.field_key) for column in table.columns if not column.hidden]
        return tuple(dict.fromkeys([*hidden, *visible, *(name for name in self.columns or () if name != "*")]))


def required(parameters: Parameters, *names: str) -> str:
    """Return a parameter without which nothing can be answered."""
    value = parameters.text(*names).strip()
    if not value:
        # LabKey answers this with 500, and its clients are used to it (client-api.md, section 6.1).
        raise WireError(f"No value was supplied for the required parameter '{names[0]}'.")
    return value


def read(parameters: Parameters) -> SelectRequest:
    """Read a request for rows; raises `WireError` for a value that cannot be read."""
    region = region_of(parameters)
    max_rows, offset = read_page(parameters, region)
    return SelectRequest(
        schema_name=required(parameters, "schemaName", f"{region}.schemaName"),
        query_name=required(parameters, "queryName", f"{region}.queryName"),
        columns=tuple(_names(parameters, f"{region}.columns", "columns")) or None,
        filters=tuple(_filters(parameters, region)),
        sort=read_sort(parameters, region),
        offset=offset,
        max_rows=max_rows,
        has_total=parameters.flag("includeTotalCount", default=True),
        has_metadata=parameters.flag("includeMetadata", default=True),
        has_displays=parameters.flag("includeDisplayValues"),
        has_details=parameters.flag("includeDetailsColumn"),
        is_minimal=parameters.flag("minimalColumns", default=True),
        is_strict=parameters.flag("strictFilters"),
        view_name=parameters.text("viewName", f"{region}.viewName").strip(),
        ignores_view_filter=parameters.flag(f"{region}.ignoreFilter", "ignoreFilter"),
        container_filter=read_container_filter(parameters, region),
    )


def region_of(parameters: Parameters) -> str:
    """Return the prefix of the parameters that mean one grid among several on a page."""
    return parameters.text("dataRegionName").strip() or "query"


def read_container_filter(parameters: Parameters, region: str = "query") -> str:
    """Return the container filter, which `schemas.container_filters` understands or refuses."""
    return parameters.text("containerFilter", f"{region}.containerFilterName", "containerFilterName").strip()


def read_page(parameters: Parameters, region: str = "query") -> tuple[int | None, int]:
    """Return how many rows at most (None: all) and how many before them are left out."""
    shows = parameters.text(f"{region}.showRows", "showRows", default="paginated").strip().lower()
    max_rows = parameters.number(f"{region}.maxRows", "maxRows", "limit", default=DEFAULT_ROWS)
    offset = parameters.number(f"{region}.offset", "offset", "start", default=0) or 0
    if shows in _SHOW_ALL:
        return None, 0
    if shows in _SHOW_NONE:
        return 0, 0
    if shows != "paginated":
        raise BadRequest("Could not parse parameter 'showRows'")
    limited = None if max_rows is None or max_rows < 0 else min(max_rows, _LARGEST)
    return limited, min(max(offset, 0), _LARGEST)


def read_sort(parameters: Parameters, region: str = "query") -> tuple[tuple[str, bool], ...]:
    """Return the columns to sort by, each with whether it is descending."""
    names = _names(parameters, f"{region}.sort", "sort")
    return tuple((name.lstrip("+-").strip(), name.startswith("-")) for name in names)


def _names(parameters: Parameters, *names: str) -> Iterator[str]:
    """Split comma lists. The Python client repeats the parameter instead, one value a column: those are joined."""
    count = 0
    for value in parameters.all(*names):
        for name in filter(None, map(str.strip, _text(value, names[0]).split(","))):
            count += 1
            if count > _MOST_NAMES:
                raise BadRequest(f"'{names[0]}' names more than {_MOST_NAMES} columns.")
            yield name


def _filters(parameters: Parameters, region: str) -> Iterator[Filter]:
    start, count = region.lower(), 0
    for name, value in parameters:
        column, tilde, operator = name.rpartition("~")
        if not tilde or not name.lower().startswith((f"{start}.", f"{start}~")):
            continue
        count += 1
        if count > _MOST_FILTERS:
            raise BadRequest(f"At most {_MOST_FILTERS} filters can be set at once.")
        # A search is of all columns: `query.*~q=` and `query~q=` are the same.
        yield Filter(column[len(region) + 1 :], operator, _text(value, name), name[:200])


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise BadRequest(f"Could not parse parameter '{name[:100]}'")
