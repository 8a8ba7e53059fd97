"""A file on its way to the client: released and written down whatever happens.

An error after the first byte cannot change the status any more, and a WSGI server ends an answer whose rows fail as if
it were whole. The file is then given an end that no reader takes: half of a text file would else look like all of it.
"""

import logging
from collections.abc import Iterable, Iterator

from keyhouse.data import SourceError
from keyhouse.schemas.reading import Reading
from keyhouse.tabular.write_workbook import WorkbookFile

log = logging.getLogger("keyhouse.data")


class ExportAnswer:
    """The pieces of one file. `close` may be called any number of times, and is when the client goes away."""

    def __init__(self, reading: Reading, pieces: Iterable[bytes], broken_end: bytes) -> None:
        self._reading, self._stream, self._file = reading, reading.stream, pieces
        self._pieces = iter(pieces)
        self._broken_end = broken_end
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
            name = f"{self._reading.schema}.{self._reading.table.name}"
            log.warning("An export of %s ended early: %s %s", name, error, detail)
            self.close()
            self._pieces = iter(())
            return self._broken_end

    def close(self) -> None:
        """Let go of the database and of the file, and write down how many rows were served."""
        if self._is_over:
            return
        self._is_over = True
        self._stream.close()
        if isinstance(self._file, WorkbookFile):
            self._file.close()
        try:
            self._reading.end(self._is_complete, "exported")
        except Exception:
            log.exception("The end of an export could not be written into the audit log")
