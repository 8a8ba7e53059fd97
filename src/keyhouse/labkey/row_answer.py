"""Rows on their way to the client as JSON or XML, a batch in memory at a time.

A small answer is read whole and has one audit event, written before it leaves, that tells its rows. A stream has one
before its first byte and another, by `RowAnswer.close`, that tells how many rows went out.

After an error the document is left open, which no JSON parser takes.
"""

from collections.abc import Generator, Iterator

from keyhouse.labkey.envelopes import Envelope
from keyhouse.labkey.leaving import Leaving
from keyhouse.schemas.errors import told
from keyhouse.schemas.reading import Reading

_FIRST_PIECE, _PIECE = 100, 500


class RowAnswer(Leaving):
    """The pieces of one answer."""

    def __init__(self, reading: Reading, envelope: Envelope) -> None:
        super().__init__(reading, self._written())
        self._envelope, self._table, self._query = envelope, reading.table, reading.query
        self._is_streamed = False

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

    def record_end(self) -> None:
        """Write down how many rows of a stream left; an answer that was read whole has told it."""
        if self._is_streamed:
            super().record_end()

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
