"""Links of grids: sorted, filtered, at another page; and what their filter form sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponseRedirect

from keyhouse.console.grid_address import GridAddress, GridFilter
from keyhouse.console.grid_words import OPERATORS, filter_words
from keyhouse.web.call import Call


@dataclass(frozen=True)
class Chip:
    """One active filter, and the URL without it."""

    words: str
    remove_url: str


def added_filter(call: Call, address: GridAddress) -> HttpResponseRedirect | None:
    """Turn what the filter form sent into the URL that LabKey's clients know, or return None."""
    column = call.request.GET.get("filter.column", "").strip()
    op = call.request.GET.get("filter.op", "")
    if not column or op not in OPERATORS:
        return None
    added = GridFilter(column, op, call.request.GET.get("filter.value", "").strip())
    return HttpResponseRedirect(grid_url(call, address.filtered(added)))


def grid_url(call: Call, address: GridAddress, action: str = "query-executeQuery.view") -> str:
    """Write the URL of a grid in the folder of the call."""
    return f"{call.url(action)}?{urlencode(address.parameters)}"


def chips(call: Call, address: GridAddress, titles: Mapping[str, str]) -> list[Chip]:
    """Say the active filters, each with the URL that takes it away."""
    return [
        Chip(filter_words(each, titles.get(each.column.lower(), each.column)), grid_url(call, address.without(each)))
        for each in address.filters
    ]
