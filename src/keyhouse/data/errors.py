"""What can go wrong with an attached database.

SourceError
 ├── BadSourceUrl     the URL names no supported database
 ├── UnknownSource    no such source in this folder
 ├── UnknownTable     no such table or view in this source
 ├── SourceDown       the database cannot be reached, or is not one
 │    └── SourceBusy  all connections are lent
 ├── QueryTimedOut    the database, or the reader of its rows, was too slow
 ├── ReadOnlySource   the source was not attached as writable
 └── QueryFailed      the database refused the query
      └── RowRefused  a row breaks a rule of the database: a key, a type, a constraint

`str(error)` may be shown to anyone who may use the source: it names the source and what to check, never a password, a
value or a statement. `detail` has the database's own words, for the log. The text of a RowRefused has the database's
words about the row that was to be written; it is for whoever sent the row, and not for the log.
"""

from __future__ import annotations


class SourceError(Exception):
    """The root of the tree above."""

    def __init__(self, text: str, *, source: str = "", detail: str = "") -> None:
        super().__init__(text)
        self.source = source
        self.detail = detail


class BadSourceUrl(SourceError): ...


class UnknownSource(SourceError): ...


class UnknownTable(SourceError): ...


class SourceDown(SourceError): ...


class SourceBusy(SourceDown): ...


class QueryTimedOut(SourceError): ...


class ReadOnlySource(SourceError): ...


class QueryFailed(SourceError): ...


class RowRefused(QueryFailed): ...
