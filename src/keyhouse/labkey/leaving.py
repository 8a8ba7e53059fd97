"""Rows on their way to the client, as pieces of an answer: released and written down whatever happens.

An error after the first piece cannot change the status any more. What is left of the answer must then be an end that no
reader takes: nobody mistakes half of the rows for all of them.
"""

import logging
from collections.abc import Iterator

from keyhouse.data import SourceError
from keyhouse.schemas.reading import Reading

log = logging.getLogger("keyhouse.data")


class Leaving:
    """The pieces of one answer. `close` may be called any number of times, and is when the client goes away.

    `broken_end` is the last piece after an error; where there is none, the answer just ends. `verb` says in the audit
    log what became of the rows.
    """

    def __init__(
        self, reading: Reading, pieces: Iterator[bytes], broken_end: bytes = b"", verb: str = "served"
    ) -> None:
        self._reading, self._stream, self._pieces = reading, reading.stream, pieces
        self._broken_end, self._verb = broken_end, verb
        self._is_complete = self._is_over = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            self._is_complete = self._is_complete or not self._is_over
            self.close()
            raise
        except Exception as error:
            detail = error.detail if isinstance(error, SourceError) else ""
            log.exception("Rows of %s.%s ended early. %s", self._reading.schema, self._reading.table.name, detail)
            self.close()
            self._pieces = iter(())
            if self._broken_end:
                return self._broken_end
            raise StopIteration from None

    def close(self) -> None:
        """Let go of the database and of what else is held, and write down how many rows left."""
        if self._is_over:
            return
        self._is_over = True
        self._stream.close()
        self.release()
        try:
            self.record_end()
        except Exception:
            log.exception("The end of an answer could not be written into the audit log")

    def release(self) -> None:
        """Let go of what an answer holds beside the database."""

    def record_end(self) -> None:
        """Write down how many rows left, and whether they were all."""
        self._reading.end(self._is_complete, self._verb)
