"""Keep a key in a netrc file: the one entry of a machine, put in, taken out, and put back when something fails.

The file is written beside and renamed, so that nobody ever reads half of it; a symbolic link is followed.
"""

import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from keyhouse.cli.failure import Unusable, Wrong
from keyhouse.cli.netrc_entry import Entry, look_up, usual_file
from keyhouse.netrc import Document, parse

_LARGEST = 1_000_000


@dataclass(frozen=True)
class Before:
    """What a file held before a change; None where there was none. Its bytes are full of secrets."""

    data: bytes | None

    def __repr__(self) -> str:
        return "<Before>"


class NetrcStore:
    """The netrc file that a command was given, or that clients would read."""

    def __init__(self, file: Path | None) -> None:
        self.file = file or usual_file()

    def entry(self, machine: str) -> Entry | None:
        """Return the machine's own entry, or None.

        Raises `Wrong` where clients disagree on which entry counts, or on what the file says.
        """
        count = len(parse(self.read().data or b"").entries_of(machine))
        if count > 1:
            raise Wrong(f"{self.file} has {count} entries for {machine}, and clients disagree which counts. Keep one.")
        found = look_up(machine, self.file)
        if found.is_broken:
            raise Wrong(f"{found.why_none[:1].upper()}{found.why_none[1:]}. Correct that first: nothing was changed.")
        return found if count else None

    def read(self) -> Before:
        """Return what the file holds at this moment."""
        try:
            if not stat.S_ISREG(self.file.stat().st_mode):
                raise Wrong(f"{self.file} is no regular file.")
            data = self.file.read_bytes()
        except FileNotFoundError:
            return Before(None)
        except OSError as error:
            raise Unusable(f"{self.file} cannot be read: {error.strerror}.") from None
        if len(data) > _LARGEST:
            raise Wrong(f"{self.file} is larger than any netrc file.")
        return Before(data)

    def check_writable(self) -> None:
        """Raise `Unusable` where a change could not be written: better before a key is issued than after."""
        folder = self._target.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise Unusable(f"{folder} is no folder that you may write to, so {self.file} cannot be changed.")

    def put(self, machine: str, login: str, password: str) -> None:
        """Give the machine this login and password; no other byte of the file changes."""
        self._change(lambda document: document.set(machine, login, password))

    def remove(self, machine: str) -> None:
        """Take the machine's entry out."""
        self._change(lambda document: document.remove(document.entries_of(machine)[0]))

    def restore(self, before: Before) -> None:
        """Put back what the file held before."""
        if before.data is None:
            self._target.unlink(missing_ok=True)
        else:
            self._write(before.data)

    def _change(self, edit: Callable[[Document], Document]) -> None:
        self._write(edit(parse(self.read().data or b"")).dump())

    @property
    def _target(self) -> Path:
        try:
            return self.file.resolve()
        except (OSError, RuntimeError):
            raise Unusable(f"{self.file} is a symbolic link that leads nowhere.") from None

    def _write(self, data: bytes) -> None:
        target = self._target
        try:
            _replace(target, data)
        except OSError as error:
            raise Unusable(f"{self.file} cannot be written: {error.strerror}. It is as it was.") from None


def _replace(target: Path, data: bytes) -> None:
    # Made with mode 0600: nobody else can open it in the moment before its mode would be set.
    descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
