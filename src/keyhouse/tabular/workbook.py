"""XLSX and XLS as rows of values, read in a process of its own (why: `workbook_process`)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO

from keyhouse.tabular.archives import refuse_bombs
from keyhouse.tabular.errors import TabularError
from keyhouse.tabular.sheet import CellError, Cells, Limits, Sheet, Value

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROGRAM = Path(__file__).with_name("workbook_process.py")
_UNREADABLE = "The workbook cannot be read: it is damaged, or protected by a password. Save it again, or as CSV."
_TOO_LARGE = "The workbook needs too much memory or time: its cells are too many or too far apart. Send it as CSV."
_TOO_LARGE_ENDS = {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGXCPU, -signal.SIGKILL}


def read_workbook(file: BinaryIO, limits: Limits) -> Sheet:
    """Read the first sheet of a workbook. Raise TabularError, here or while the rows are read."""
    file.seek(0)
    if file.read(4) == ZIP:
        refuse_bombs(file, limits)
    return Sheet(_lines(_private_copy(file), limits), "", limits)


def _private_copy(file: BinaryIO) -> BinaryIO:
    """Copy to a file without a name, since the other process must start at its first byte whatever was read here."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 the reading of the rows closes it
    file.seek(0)
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    copy.flush()
    return copy


def _lines(file: BinaryIO, limits: Limits) -> Generator[tuple[int, Cells]]:
    with file, _start(file, limits) as process:
        try:
            assert process.stdout is not None
            for line, text in enumerate(process.stdout, 1):
                yield line, [_value(cell) for cell in json.loads(text)]
            _raise_if_failed(process)
        finally:
            process.kill()


def _start(file: BinaryIO, limits: Limits) -> subprocess.Popen[bytes]:
    # The path of modules is all that the program needs of the server's environment, where secrets may be.
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-P", str(_PROGRAM), str(limits.memory_bytes), str(limits.cpu_seconds)],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _raise_if_failed(process: subprocess.Popen[bytes]) -> None:
    status = process.wait()
    if status:
        raise TabularError(_TOO_LARGE if status in _TOO_LARGE_ENDS else _UNREADABLE)


def _value(cell: object) -> Value:
    if isinstance(cell, list):
        kind, text = cell
        return _READERS[kind](text)
    assert cell is None or isinstance(cell, str | int | float)
    return cell


_READERS: dict[str, Callable[[str], Value]] = {
    "float": float,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda text: timedelta(seconds=float(text)),
    "error": CellError,
}
