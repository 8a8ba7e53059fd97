"""Keep a key in a netrc file: the one entry of a machine, put in, taken out, and put back when something fails.

How a file is edited and written without ever losing the old one is `keyhouse.netrc`'s to know.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from keyhouse.cli.failure import Unusable, Wrong
from keyhouse.cli.netrc_entry import Entry, look_up, usual_file
from keyhouse.netrc import Document, parse, real
from keyhouse.netrc.write import Refused, write


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
        self._changed: tuple[Before, bytes] | None = None

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
            return Before(real().read(str(self.file)))
        except FileNotFoundError:
            return Before(None)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no file"
            raise Unusable(f"{self.file} cannot be read: {reason}.") from None

    def check_writable(self) -> None:
        """Raise `Unusable` where a change could not be written: better before a key is issued than after."""
        try:
            folder = self.file.resolve().parent
        except (OSError, RuntimeError):
            raise Unusable(f"{self.file} is a loop of symbolic links.") from None
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise Unusable(f"{folder} is no folder that you may write to, so {self.file} cannot be changed.")

    def put(self, machine: str, login: str, password: str) -> None:
        """Give the machine this login and password; no other byte of the file changes."""
        self._change(lambda document: document.set(machine, login, password))

    def remove(self, machine: str) -> None:
        """Take the machine's entry out."""
        self._change(lambda document: document.remove(document.entries_of(machine)[0]))

    def restore(self) -> None:
        """Put back what the file held before the last change, unless somebody else has changed it since."""
        changed, self._changed = self._changed, None
        now = self.read().data if changed else None
        if changed is None or now == changed[0].data:
            return
        before, written = changed
        if before.data is not None:
            self._write(parse(before.data), written)
        elif now == written:
            self.file.resolve().unlink()

    def _change(self, edit: Callable[[Document], Document]) -> None:
        before = self.read()
        document = edit(parse(before.data or b""))
        # Remembered first: Control-C may come when the new file is in place and `write` has not returned.
        self._changed = (before, document.dump())
        try:
            self._write(document, before.data)
        except Unusable:
            self._changed = None
            raise

    def _write(self, document: Document, expected: bytes | None) -> None:
        try:
            write(self.file, document, expected=expected)
        except Refused as refused:
            raise Unusable(f"{self.file}: {refused}.") from None
