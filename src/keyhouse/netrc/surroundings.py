"""What a client finds around it: environment, platform, home folders, files. Real or made up.

Rules for Windows and macOS are tested on Linux by making the surroundings up.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_BYTES = 64 * 1024 * 1024
"""More than this is never read: no netrc file is that long."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """`kind` is file, directory or other; `mode` and `owner` are those of the target of a link."""

    kind: str = "file"
    mode: int = 0o600
    owner: int = 0
    is_link: bool = False
    size: int = 0

    @property
    def shared(self) -> bool:
        """Group or others may do something with it."""
        return bool(self.mode & 0o077)


@dataclass(frozen=True)
class Surroundings:
    """Base of both kinds. `account_home` is the home folder of the user database, None when it has none."""

    environ: Mapping[str, str] = field(default_factory=dict)
    platform: str = "linux"
    account_home: str | None = None
    cwd: str = "/"
    uid: int = 0

    def join(self, folder: str, name: str) -> str:
        separator = "\\" if self.platform == "win32" else "/"
        return folder + ("" if folder.endswith(separator) else separator) + name

    def facts(self, path: str) -> FileFacts | None:
        """Return what is at `path`, or None."""
        raise LookupError

    def read(self, path: str) -> bytes:
        """Return the bytes at `path`; raise OSError as open() would."""
        raise LookupError


@dataclass(frozen=True)
class MadeUp(Surroundings):
    """Surroundings for tests and for files of observations."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    details: Mapping[str, FileFacts] = field(default_factory=dict)

    def facts(self, path: str) -> FileFacts | None:
        if path in self.details:
            return self.details[path]
        if path in self.files:
            return FileFacts(owner=self.uid, size=len(self.files[path]))
        return None

    def read(self, path: str) -> bytes:
        facts = self.facts(path)
        if facts is None:
            raise FileNotFoundError(2, "No such file or directory", path)
        if facts.kind == "directory":
            raise IsADirectoryError(21, "Is a directory", path)
        if not facts.mode & (0o400 if facts.owner == self.uid else 0o004):
            raise PermissionError(13, "Permission denied", path)
        return self.files[path]

    def __repr__(self) -> str:
        return f"MadeUp(platform={self.platform!r}, files={sorted(self.files)!r})"


def bounded(stream: BinaryIO, name: str = "", size: int = 0) -> bytes:
    """Read a stream to its end. Raise OSError where it is longer than any netrc file."""
    data = b"" if size > MAX_BYTES else stream.read(MAX_BYTES + 1)
    if max(size, len(data)) > MAX_BYTES:
        raise OSError(27, f"it is larger than {MAX_BYTES // 1024**2} MB, and so no netrc file", name)
    return data


@dataclass(frozen=True)
class Real(Surroundings):
    """The machine this runs on."""

    def facts(self, path: str) -> FileFacts | None:
        try:
            status = os.stat(path)  # noqa: PTH116
            is_link = stat.S_ISLNK(os.lstat(path).st_mode)
        except (OSError, ValueError):
            return None
        kind = "file" if stat.S_ISREG(status.st_mode) else "directory" if stat.S_ISDIR(status.st_mode) else "other"
        return FileFacts(kind, stat.S_IMODE(status.st_mode), status.st_uid, is_link, status.st_size)

    def read(self, path: str) -> bytes:
        """Read a regular file only, and without waiting: a FIFO may stand there, or come there any moment."""
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError(22, "it is no regular file", path)
            return bounded(file, path, status.st_size)

    def __repr__(self) -> str:
        return f"Real(platform={self.platform!r})"


def real() -> Real:
    """Return the surroundings of this process."""
    home = _account_home()
    uid = os.getuid() if hasattr(os, "getuid") else 0
    return Real(dict(os.environ), sys.platform, home, os.getcwd(), uid)  # noqa: PTH109


def _account_home() -> str | None:
    if sys.platform == "win32":
        return os.environ.get("USERPROFILE")
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return None
