"""Write, copy, move and delete so that a reader sees the old or the new, and never half of either."""

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from keyhouse.files.places import OWN_PREFIX, Place

_PIECE = 1024 * 1024
UNLIMITED = -1


class OverQuota(Exception):
    """A folder has no room for these bytes; the text says how much it may hold."""


class NewFile:
    """A file that is being written beside its place, and takes the place when it is whole.

    `room` is how many bytes it may have (`UNLIMITED` for any number). Leaving the `with` block without `keep` leaves
    the old file as it was.
    """

    def __init__(self, place: Place, room: int) -> None:
        self._place = place
        self._room = room
        self.size = 0
        place.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = _own_path(place.home)
        self._file: BinaryIO = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, data: bytes) -> int:
        """Append bytes. Raises `OverQuota` and `OSError`."""
        self.size += len(data)
        if self._room != UNLIMITED and self.size > self._room:
            raise OverQuota
        return self._file.write(data)

    def keep(self, record: Callable[[], None]) -> None:
        """Put the whole file in its place; `record` runs when it is safe on disk and before anybody can see it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        record()
        self._path.replace(self._place.path)
        sync_directory(self._place.path.parent)

    def close(self) -> None:
        """Drop what was not kept; may be called any number of times."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def used_bytes(home: Path) -> int:
    """Count the bytes of a folder's files, those among them that are still being written."""
    used = 0
    for directory, _, names in os.walk(home):
        for name in names:
            with suppress(FileNotFoundError):  # kept or dropped by another request meanwhile
                used += Path(directory, name).lstat().st_size
    return used


def copy(source: Place, target: Place, room: int, record: Callable[[], None]) -> None:
    """Copy a file or a directory with all in it, over what is there. Raises `OverQuota` and `OSError`."""
    if not source.is_directory():
        with source.path.open("rb") as read, NewFile(target, room) as written:
            while piece := read.read(_PIECE):
                written.write(piece)
            written.keep(lambda: _make_way(target, record))
        return
    if room != UNLIMITED and used_bytes(source.path) > room:
        raise OverQuota
    beside = _own_path(target.home)
    try:
        shutil.copytree(source.path, beside, symlinks=True, ignore=_own_names)
        record()
        _put(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def move(source: Place, target: Place, room: int, record: Callable[[], None]) -> None:
    """Move a file or a directory, over what is there. Raises `OverQuota` and `OSError`."""
    if room != UNLIMITED and (used_bytes(source.path) if source.is_directory() else source.path.lstat().st_size) > room:
        raise OverQuota
    target.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    record()
    _put(source.path, target)
    sync_directory(source.path.parent)


def make_directory(place: Place, record: Callable[[], None]) -> None:
    """Make a directory. Raises `OSError`."""
    place.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    record()
    place.path.mkdir(mode=0o700)
    sync_directory(place.path.parent)


def delete(place: Place, record: Callable[[], None]) -> None:
    """Delete a file or a directory with all in it: gone at once for everybody, then wiped. Raises `OSError`."""
    aside = _own_path(place.home)
    record()
    place.path.replace(aside)
    sync_directory(place.path.parent)
    if aside.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.unlink()


def delete_home(home: Path) -> None:
    """Delete the directory of a folder that is gone, with all in it; nothing happens where it had no files."""
    aside = home.with_name(OWN_PREFIX + home.name)
    with suppress(FileNotFoundError):
        home.replace(aside)
        shutil.rmtree(aside, ignore_errors=True)


def sync_directory(directory: Path) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make_way(target: Place, record: Callable[[], None]) -> None:
    record()
    if target.is_directory() and target.status() is not None:
        delete(target, _nothing)


def _put(path: Path, target: Place) -> None:
    if target.status() is not None and (target.is_directory() or path.is_dir()):
        delete(target, _nothing)
    path.replace(target.path)
    sync_directory(target.path.parent)


def _own_path(home: Path) -> Path:
    return home / f"{OWN_PREFIX}{secrets.token_hex(8)}"


def _own_names(_directory: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(OWN_PREFIX)]


def _nothing() -> None: ...
