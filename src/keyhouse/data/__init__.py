"""Attached databases: other people's tables, read with SQLAlchemy Core and handed out as a stream of rows.

This package never knows who the user is, and imports no Django. Start at
`SourceRegistry.get(folder, name).table(name).select(query)`.
"""

from keyhouse.data.clauses import to_clause
from keyhouse.data.columns import Column, Kind, Lookup, caption_of
from keyhouse.data.conditions import Condition
from keyhouse.data.errors import (
    BadSourceUrl,
    QueryFailed,
    QueryTimedOut,
    ReadOnlySource,
    RowRefused,
    SourceBusy,
    SourceDown,
    SourceError,
    UnknownSource,
    UnknownTable,
)
from keyhouse.data.field_keys import decode_field_key, encode_field_key
from keyhouse.data.filters import Filter
from keyhouse.data.lookups import Finder, Join, find_column, title_column
from keyhouse.data.matching import matches
from keyhouse.data.memory import MemoryTable
from keyhouse.data.operators import OPERATORS
from keyhouse.data.people import People
from keyhouse.data.query import Query
from keyhouse.data.sources import Source, SourceRegistry
from keyhouse.data.specs import SourceSpec, parse_url
from keyhouse.data.stream import Row, RowStream
from keyhouse.data.tables import SourceTable, Table
from keyhouse.data.values import BadValue

__all__ = [
    "OPERATORS",
    "BadSourceUrl",
    "BadValue",
    "Column",
    "Condition",
    "Filter",
    "Finder",
    "Join",
    "Kind",
    "Lookup",
    "MemoryTable",
    "People",
    "Query",
    "QueryFailed",
    "QueryTimedOut",
    "ReadOnlySource",
    "Row",
    "RowRefused",
    "RowStream",
    "Source",
    "SourceBusy",
    "SourceDown",
    "SourceError",
    "SourceRegistry",
    "SourceSpec",
    "SourceTable",
    "Table",
    "UnknownSource",
    "UnknownTable",
    "caption_of",
    "decode_field_key",
    "encode_field_key",
    "find_column",
    "matches",
    "parse_url",
    "title_column",
    "to_clause",
]
