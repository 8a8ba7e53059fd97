"""Rows on their way to the client: a batch in memory at a time, released and written down whatever happens.

A small answer is read whole and has one audit event, written before it leaves, that tells its rows. A stream has one
before its first byte and another, by `RowAnswer.close`, that tells how many rows went out.

An error after the first byte cannot change the status any more. The document is then left open, which no JSON parser
takes: nobody mistakes half of the rows for all of them.
"""

import logging
from collections.abc import Generator, Iterator

from keyhouse.data import SourceError
from keyhouse.labkey.envelopes import Envelope
from keyhouse.schemas.errors import told
from keyhouse.schemas.reading import Reading

log = logging.getLogger("keyhouse.data")
_FIRST_PIECE, _PIECE = 100, 500


class RowAnswer:
    """The pieces of one answer. `close` may be called any number of times, and is when the client goes away."""

    def __init__(self, reading: Reading, envelope: Envelope) -> None:
        self._reading, self._envelope = reading, envelope
        self._table, self._query, self._stream = reading.table, reading.query, reading.stream
        self._is_complete = self._is_over = self._is_streamed = False
        self._pieces = self._written()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            self.close()
            raise
        except Exception as error:
            detail = error.detail if isinstance(error, SourceError) else ""
            log.exception("Rows of %s.%s ended early. %s", self._envelope.schema_name, self._table.name, detail)
            self.close()
            raise StopIteration from None

    def streamed(self) -> Iterator[bytes]:
        """Return the pieces for an answer that begins before it is complete."""
        self._is_streamed = True
        return self

    def whole(self) -> bytes:
        """Read everything now; raises `WireError`, as no status has been sent."""
        try:
            with told(self._reading.call):
                return b"".join(self._pieces)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the database, and write down how many rows of a stream were served."""
        if self._is_over:
            return
        self._is_over = True
        self._stream.close()
        if not self._is_streamed:
            return
        try:
            self._reading.end(self._is_complete)
        except Exception:
            log.exception("The end of an answer could not be written into the audit log")

    def _written(self) -> Generator[bytes, None, None]:
        yield self._envelope.head()
        comma, size = b"", _FIRST_PIECE
        while rows := self._stream.take(size):
            yield comma + self._envelope.rows(rows)
            comma, size = self._envelope.separator, _PIECE
        tail = self._envelope.tail(self._total())
        self._is_complete = True
        yield tail

    def _total(self) -> int:
        """Return the number of all rows; the database is asked only where the page does not tell it."""
        served, limit, end = self._stream.served, self._query.max_rows, self._query.offset + self._stream.served
        is_last_page = limit is None or served < limit
        if not self._envelope.request.has_total or (is_last_page and (served or not self._query.offset)):
            return end
        return self._table.count(self._query)
