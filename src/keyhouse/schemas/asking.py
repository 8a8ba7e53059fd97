"""A query as somebody asks it: with the day, the tables that lookups lead to, and the people that filters name."""

from dataclasses import replace
from functools import cache

from keyhouse.data import Finder, Lookup, Query, Table
from keyhouse.schemas.core import SCHEMA
from keyhouse.schemas.elsewhere import call_for
from keyhouse.schemas.find import find_schema
from keyhouse.schemas.lists import placed
from keyhouse.schemas.people import people_of
from keyhouse.web.call import Call
from keyhouse.web.errors import Unavailable


def asked_by(call: Call, query: Query, folders: tuple[str, ...] | None = None) -> Query:
    """Give a query what it takes to be answered to this caller; `folders` as for `find_schema`."""
    return replace(
        query,
        today=call.site.clock().date(),
        find=finder(call, folders),
        people=people_of(call),
        is_strict=query.is_strict or call.settings.strict_filters,
    )


def finder(call: Call, folders: tuple[str, ...] | None = None) -> Finder:
    """Return what finds the table that a lookup leads to, if this caller may see it."""

    @cache
    def find(lookup: Lookup) -> Table | None:
        try:
            there = call_for(call, lookup)
            if there is None:
                return None
            # A container filter says which rows are meant, not which folders they may name.
            is_core = lookup.schema.casefold() == SCHEMA
            schema = find_schema(there, lookup.schema, None if is_core or there is not call else folders)
            table = schema.table(lookup.table) if schema else None
            return placed(table, there) if table is not None and there is not call else table
        except Unavailable:  # its own rows can be read all the same
            return None

    return find
