"""How many bytes the files of a folder may have, so that changes at the same time cannot pass the limit together."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from keyhouse.files.places import OWN_PREFIX

UNLIMITED = -1


class OverQuota(Exception):
    """A folder has no room for these bytes."""


@dataclass(frozen=True)
class Quota:
    """The limit of the files of one folder, in bytes; `UNLIMITED` for any number."""

    home: Path
    limit: int = UNLIMITED

    def room(self, place: Path) -> int:
        """Return how many bytes may be written for a place; what is being written elsewhere counts as well.

        That is no promise: `claim` decides when the file is whole.
        """
        if self.limit == UNLIMITED:
            return UNLIMITED
        return max(0, self.limit + used_bytes(place) - used_bytes(self.home))

    @contextmanager
    def claim(self, new: Path, place: Path) -> Iterator[None]:
        """Let `new` take a place, and what is there go, one change at a time. Raises `OverQuota`."""
        if self.limit == UNLIMITED:
            yield
            return
        with _alone(self.home):
            # What is still being written is judged when it is whole: else two that are in each other's way both fail.
            kept, added = used_bytes(self.home, with_unfinished=False), used_bytes(new, with_unfinished=False)
            if kept + added - used_bytes(place) > self.limit:
                raise OverQuota
            yield


def used_bytes(path: Path, with_unfinished: bool = True) -> int:
    """Count the bytes of a file, or of all files in a directory; nothing has none."""
    try:
        if not path.is_dir():
            return path.lstat().st_size
    except FileNotFoundError:
        return 0
    used = 0
    for directory, below, names in os.walk(path):
        if not with_unfinished:
            below[:] = [name for name in below if not name.startswith(OWN_PREFIX)]
        for name in names:
            if with_unfinished or not name.startswith(OWN_PREFIX):
                with suppress(FileNotFoundError):  # kept or dropped by another request meanwhile
                    used += Path(directory, name).lstat().st_size
    return used


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    # All processes of this server see the lock of the directory; the kernel frees it with a process that dies.
    handle = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
