"""What a client asks of `selectRows` and `getQuery`, read from its parameters (client-api.md, sections 8.1 and 9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from keyhouse.data import Filter, Query, Table
from keyhouse.labkey.column_metadata import field_key
from keyhouse.web.errors import BadRequest, NotFound, WireError
from keyhouse.web.parameters import Parameters

DEFAULT_ROWS = 100_000
_LARGEST = 2**53
_CONTAINER_FILTERS = {
    "current",
    "currentandsubfolders",
    "currentandfirstchildren",
    "currentandparents",
    "currentandsubfoldersplusshared",
    "currentplusproject",
    "currentplusprojectandshared",
    "allinproject",
    "allinprojectplusshared",
    "allfolders",
}
_SHOW_ALL, _SHOW_NONE = {"all", "unselected"}, {"none", "selected"}


@dataclass(frozen=True)
class SelectRequest:
    """One request for rows. `has_total` is False where the client can do without the number of all rows."""

    schema_name: str
    query_name: str
    columns: tuple[str, ...] | None
    filters: tuple[Filter, ...]
    sort: tuple[tuple[str, bool], ...]
    offset: int
    max_rows: int | None
    has_total: bool
    has_metadata: bool
    is_strict: bool

    def query(self, table: Table, today: date) -> Query:
        """Put the request to a table."""
        return Query(
            _with_hidden_keys(self.columns, table), self.filters, self.sort, self.offset, self.max_rows, today=today
        )


def required(parameters: Parameters, *names: str) -> str:
    """Return a parameter without which nothing can be answered."""
    value = parameters.text(*names).strip()
    if not value:
        # LabKey answers this with 500, and its clients are used to it (client-api.md, section 6.1).
        raise WireError(f"No value was supplied for the required parameter '{names[0]}'.")
    return value


def read(parameters: Parameters) -> SelectRequest:
    """Read a request for rows; raises `WireError` for a value that cannot be read."""
    region = parameters.text("dataRegionName").strip() or "query"
    _check_view(parameters, region)
    _check_container_filter(parameters, region)
    shows = parameters.text(f"{region}.showRows", "showRows", default="paginated").strip().lower()
    max_rows, offset = _page(parameters, region, shows)
    return SelectRequest(
        schema_name=required(parameters, "schemaName", f"{region}.schemaName"),
        query_name=required(parameters, "queryName", f"{region}.queryName"),
        columns=tuple(_names(parameters, f"{region}.columns", "columns")) or None,
        filters=tuple(_filters(parameters, region)),
        sort=tuple(_sorts(parameters, region)),
        offset=offset,
        max_rows=max_rows,
        has_total=parameters.flag("includeTotalCount", default=True),
        has_metadata=parameters.flag("includeMetadata", default=True),
        is_strict=parameters.flag("strictFilters"),
    )


def _check_view(parameters: Parameters, region: str) -> None:
    view = parameters.text("viewName", f"{region}.viewName").strip()
    if view and view.lower() != "default":
        raise NotFound(f"The requested view '{view[:100]}' does not exist for this user.")


def _check_container_filter(parameters: Parameters, region: str) -> None:
    wanted = parameters.text("containerFilter", f"{region}.containerFilterName").strip()
    if wanted and wanted.lower() not in _CONTAINER_FILTERS:
        raise BadRequest("'containerFilter' parameter is not valid")


def _page(parameters: Parameters, region: str, shows: str) -> tuple[int | None, int]:
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


def _sorts(parameters: Parameters, region: str) -> Iterator[tuple[str, bool]]:
    for name in _names(parameters, f"{region}.sort", "sort"):
        yield name.lstrip("+-").strip(), name.startswith("-")


def _names(parameters: Parameters, *names: str) -> Iterator[str]:
    """Split comma lists. The Python client repeats the parameter instead, one value a column: those are joined."""
    for value in parameters.all(*names):
        yield from (name for part in _text(value, names[0]).split(",") if (name := part.strip()))


def _filters(parameters: Parameters, region: str) -> Iterator[Filter]:
    prefix = f"{region}.".lower()
    for name, value in parameters:
        column, tilde, operator = name[len(prefix) :].rpartition("~")
        if tilde and name.lower().startswith(prefix):
            yield Filter(column, operator, _text(value, name))


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise BadRequest(f"Could not parse parameter '{name[:100]}'")


def _with_hidden_keys(columns: tuple[str, ...] | None, table: Table) -> tuple[str, ...] | None:
    """Where all columns are asked for, a hidden key goes along: it is the handle by which rows are deleted."""
    keys = [field_key(column.name) for column in table.columns if column.key and column.hidden]
    if not keys or (columns is not None and "*" not in columns):
        return columns
    visible = [field_key(column.name) for column in table.columns if not column.hidden]
    return tuple(dict.fromkeys([*keys, *visible, *(name for name in columns or () if name != "*")]))
