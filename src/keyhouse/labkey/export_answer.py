"""A file on its way to the client.

A WSGI server ends an answer whose rows fail as if it were whole. The file is then given an end that no reader takes:
half of a text file would else look like all of it.
"""

from collections.abc import Iterable

from keyhouse.labkey.leaving import Leaving
from keyhouse.schemas.reading import Reading
from keyhouse.tabular.write_workbook import WorkbookFile


class ExportAnswer(Leaving):
    """The pieces of one file."""

    def __init__(self, reading: Reading, pieces: Iterable[bytes], broken_end: bytes) -> None:
        super().__init__(reading, iter(pieces), broken_end, "exported")
        self._file = pieces

    def release(self) -> None:
        """Delete the file that a workbook is written to."""
        if isinstance(self._file, WorkbookFile):
            self._file.close()
