"""What a custom view does to a request for rows: the same for pages and clients (client-api.md, section 8.1).

Columns that the request names take the place of the view's. Its filters hold beside those of the request; its sort
comes after the request's. `query.ignoreFilter` leaves the view's filters and sort out, and keeps its columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from keyhouse.data import Column, Filter, Table, find_column
from keyhouse.queries.definition import ViewDefinition
from keyhouse.queries.names import Subject
from keyhouse.queries.views import View
from keyhouse.schemas.view_telling import told_of
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

DEFAULT = ""
_UNTOLD = "a column that cannot be read here"
Sort = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Selection:
    """Columns, filters and sort of a request once its view has had its say; `titles` go by the views' field keys."""

    columns: tuple[str, ...] | None
    filters: tuple[Filter, ...]
    sort: Sort
    titles: Mapping[str, str] = field(default_factory=dict)

    def titled(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """Give columns the titles of the view."""
        if not self.titles:
            return tuple(columns)
        chosen: dict[str, str] = {}
        for key, title in self.titles.items():
            if (column := find_column(columns, key)) is not None:
                chosen[column.name] = title
        return tuple(
            replace(column, caption=chosen[column.name]) if column.name in chosen else column for column in columns
        )


def views_of(call: Call, schema: str, query: str) -> list[View]:
    """Return the views of a query that this caller may see, one of each name."""
    return call.site.custom_views.of(Subject(call.folder, schema, query), call.caller)


def view_named(views: Sequence[View], name: str) -> View | None:
    """Choose the view that a request means: the default view where it names none.

    Raises `NotFound` for a name that this caller has no view of.
    """
    wanted = DEFAULT if name.casefold() == "default" else name
    view = next((view for view in views if view.row.name_key == wanted.casefold()), None)
    if view is None and wanted:
        raise NotFound(f"The requested view '{wanted[:100]}' does not exist for this user.")
    return view


def seen_through(
    call: Call,
    table: Table,
    view: View | None,
    columns: tuple[str, ...] | None,
    filters: tuple[Filter, ...],
    sort: Sort,
    ignores_filter: bool = False,
) -> Selection:
    """Say what a request for rows of a table reads once this view has had its say."""
    if view is None:
        return Selection(columns, filters, sort)
    said = told_of(call, table, view.definition)
    own_filters = () if ignores_filter else tuple(_own_filters(view, said))
    own_sort = () if ignores_filter else said.sort
    return Selection(
        columns if columns is not None else tuple(each.field_key for each in said.columns),
        (*own_filters, *filters),
        (*sort, *own_sort),
        {each.field_key: each.title for each in said.columns if each.title},
    )


def _own_filters(view: View, said: ViewDefinition) -> Iterator[Filter]:
    """Put the filters of a view as ones that are never left out: without them it would show more than it is to."""
    for each in view.definition.filters:
        # One that the caller is not told of stands there without its name and value, and the rows are refused.
        column, op, value = _parts(each) if each in said.filters else (_UNTOLD, "isblank", "")
        yield Filter(column, op, value, is_needed=True)


def _parts(each: Any) -> tuple[str, str, str]:
    return each.field_key, each.op, each.value
