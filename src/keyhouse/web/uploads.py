"""Files that a request brings along: streamed into temporary files without a name, so nothing is ever left behind."""

import tempfile
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest


class NamelessFiles(FileUploadHandler):
    """Keeps each file of a multipart body in the data directory, readable by this process alone and gone with it."""

    def __init__(self, request: HttpRequest, directory: Path) -> None:
        super().__init__(request)
        self._directory = directory
        self._file: IO[bytes] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a file for the part that begins."""
        super().new_file(*args, **kwargs)
        self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece."""
        assert self._file is not None
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[Any]":
        """Hand the file over, from its start."""
        assert self._file is not None
        self._file.seek(0)
        return UploadedFile(self._file, self.file_name, self.content_type, file_size, self.charset)

    def upload_interrupted(self) -> None:
        """Let go of what came so far."""
        if self._file is not None:
            self._file.close()
