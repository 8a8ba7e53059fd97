"""Write, copy, move and delete so that a reader sees the old or the new, and never half of either."""

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from keyhouse.files import swap
from keyhouse.files.places import OWN_PREFIX, Place
from keyhouse.files.quota import UNLIMITED, OverQuota, Quota, used_bytes

_PIECE = 1024 * 1024


class NewFile:
    """A file that is being written beside its place, and takes the place when it is whole.

    Leaving the `with` block without `keep` leaves the old file as it was.
    """

    def __init__(self, place: Place, quota: Quota) -> None:
        self._place = place
        self._quota = quota
        self._room = quota.room(place.path)
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
        """Put the whole file in its place; `record` runs when it is safe on disk and before anybody can see it.

        Raises `OverQuota` and `OSError`.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        with self._quota.claim(self._path, self._place.path):
            record()
            _put(self._path, self._place)

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


def copy(source: Place, target: Place, quota: Quota, record: Callable[[], None], with_content: bool = True) -> None:
    """Copy a file, or a directory with all in it or (`with_content` false) alone, over what is there.

    `quota` is the one of the target. Raises `OverQuota` and `OSError`.
    """
    if not source.is_directory():
        with source.path.open("rb") as read, NewFile(target, quota) as written:
            while piece := read.read(_PIECE):
                written.write(piece)
            written.keep(record)
        return
    beside, room = _own_path(target.home), quota.room(target.path)
    if with_content and room != UNLIMITED and room < used_bytes(source.path, with_unfinished=False):
        raise OverQuota
    target.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        if with_content:
            shutil.copytree(source.path, beside, symlinks=True, ignore=_own_names)
        else:
            beside.mkdir(mode=0o700)
        with quota.claim(beside, target.path):
            record()
            _put(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def move(source: Place, target: Place, quota: Quota, record: Callable[[], None]) -> None:
    """Move a file or a directory, over what is there. Raises `OverQuota` and `OSError`."""
    target.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with quota.claim(source.path, target.path):
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
    _wipe(aside)


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


def _put(path: Path, target: Place) -> None:
    if not (path.is_dir() or target.path.is_dir()):
        path.replace(target.path)
        sync_directory(target.path.parent)
        return
    aside = _own_path(target.home)
    swap.put(path, target.path, aside)
    sync_directory(target.path.parent)
    _wipe(aside)


def _wipe(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _own_path(home: Path) -> Path:
    return home / f"{OWN_PREFIX}{secrets.token_hex(8)}"


def _own_names(_directory: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(OWN_PREFIX)]
