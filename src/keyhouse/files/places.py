"""Where the files of a folder lie: below one directory of its own, and never behind a link."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

OWN_PREFIX = ".keyhouse-"
"""Names that begin so are Keyhouse's own, for what is being written or deleted; nobody sees or names them."""
_LONGEST_NAME_BYTES = 255
_MOST_PARTS = 64


class UnsafeName(Exception):
    """A name that no file here may have; the text says why."""


@dataclass(frozen=True)
class Place:
    """A place below the files of one folder; there may be nothing there. `parts` are the names that lead to it."""

    home: Path
    parts: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The place in the file system."""
        return self.home.joinpath(*self.parts)

    @property
    def name(self) -> str:
        """The last name, empty for the folder's own directory."""
        return self.parts[-1] if self.parts else ""

    def status(self) -> os.stat_result | None:
        """Look what is there, a file or a directory; None for anything else, and for what lies behind a link."""
        found: os.stat_result | None = None
        path = self.home
        for part in ("", *self.parts):
            path = path / part
            try:
                found = path.lstat()
            except OSError:
                return None
            # An operator's link, or a device, must not lend its target to everybody who may read the folder.
            if not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
                return None
        return found

    def is_directory(self) -> bool:
        """Tell whether a directory is there; the folder's own always is, also before its first file."""
        found = self.status()
        return not self.parts if found is None else stat.S_ISDIR(found.st_mode)

    def names(self) -> list[str]:
        """Return the names in this directory that people may see, in order."""
        try:
            found = sorted(entry.name for entry in self.path.iterdir())
        except FileNotFoundError:
            return []
        return [name for name in found if is_safe(name) and self.child(name).status() is not None]

    def child(self, name: str) -> "Place":
        """Return the place of this name in this directory. Raises `UnsafeName`."""
        return Place(self.home, (*self.parts, checked(name)))


@dataclass(frozen=True)
class FileRoot:
    """The directory below which each folder has its own, named by the folder's id: renaming a folder moves nothing."""

    root: Path

    def place(self, folder_id: UUID, parts: Sequence[str] = ()) -> Place:
        """Return a place in a folder's files. Raises `UnsafeName`."""
        if len(parts) > _MOST_PARTS:
            raise UnsafeName(f"A path has at most {_MOST_PARTS} names.")
        return Place(self.root / str(folder_id), tuple(checked(part) for part in parts))


def checked(name: str) -> str:
    """Return a name that a file may have. Raises `UnsafeName`."""
    if not is_safe(name):
        raise UnsafeName(
            f"'{name[:80]}' cannot name a file: names have 1 to {_LONGEST_NAME_BYTES} bytes, no slash, no control "
            f"characters, and are not '.', '..' or one of Keyhouse's own."
        )
    return name


def is_safe(name: str) -> bool:
    """Tell whether a file may have this name."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return False
    is_plain = name.isprintable() and not any(character in name for character in '/\\:*?"<>|')
    return (
        0 < length <= _LONGEST_NAME_BYTES and is_plain and name not in {".", ".."} and not name.startswith(OWN_PREFIX)
    )
