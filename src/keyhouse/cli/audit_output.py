"""What the commands on the audit log share: moments on the command line, and files that are whole or not there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from keyhouse.cli.failure import Unusable

if TYPE_CHECKING:
    _MomentType = click.ParamType[datetime]
else:
    _MomentType = click.ParamType


class Moment(_MomentType):
    """A day or a moment as ISO 8601 writes it, in UTC where it names no zone."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the text, or fail with an example."""
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            self.fail(f"'{value}' is no date; write 2026-07-01 or 2026-07-01T08:30:00+02:00.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def target(output: Path | None) -> Iterator[TextIO]:
    """Open standard output, or a file that is there only when it is whole."""
    if output is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    beside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as stream:
            yield stream
            # What an archive has is removed from the log next: it must be on the disk by then, under its name.
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(output)
        _sync(output.parent)
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror}.") from None
    finally:
        beside.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    if os.name == "nt":  # where folders cannot be opened
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
