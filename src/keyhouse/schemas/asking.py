"""A query as somebody asks it: with the day, the tables that lookups lead to, and the people that filters name."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from keyhouse.data import Finder, Lookup, Query, Table
from keyhouse.schemas.core import SCHEMA
from keyhouse.schemas.elsewhere import call_for
from keyhouse.schemas.find import Schema, schemas_of
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
        has_participants=True,
        is_strict=query.is_strict or call.settings.strict_filters,
    )


def finder(call: Call, folders: tuple[str, ...] | None = None) -> Finder:
    """Return what finds the table that a lookup leads to, if this caller may see it."""

    @cache
    def place(container: str, rows: tuple[str, ...] | None) -> tuple[Call, Mapping[str, Schema]] | None:
        # Once for all the lookups of a table: which databases are attached is read from the store each time.
        there = call_for(call, container)
        if there is None:
            return None
        listed = reversed(schemas_of(there, rows if there is call else None))
        return there, {schema.name.casefold(): schema for schema in listed}

    @cache
    def find(lookup: Lookup) -> Table | None:
        # A container filter says which rows are meant, not which folders they may name.
        name = lookup.schema.casefold()
        found = place(lookup.container.strip(), None if name == SCHEMA else folders)
        if found is None or name not in found[1]:
            return None
        there, schemas = found
        try:
            table = schemas[name].table(lookup.table)
        except Unavailable:  # its own rows can be read all the same
            return None
        if table is None or there is call:
            return table
        there.visit()
        return placed(table, there)

    return find
