"""Write a netrc file so that at every moment either the old or the new one is complete on disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from .document import Document

LOCK_SECONDS = 10
"""How long to wait for another writer, who needs some milliseconds."""


class Refused(OSError):
    """The file was not written; the old one is untouched. The message says what to do."""


def write(path: str | Path, document: Document, *, expected: bytes | None = None, backup: bool = False) -> Path:
    """Replace the file's content; return the path really written, behind symbolic links.

    `expected` is what the caller read: when the file changed since, Refused is raised. A new file gets mode 0600
    before its first byte; an existing one keeps what its owner may do with it, and others lose their rights.
    """
    target = _target(Path(path))
    with _locked(target):
        old = target.read_bytes() if target.exists() else None
        if expected is not None and old is not None and old != expected:
            raise Refused("the file changed meanwhile: read it again and repeat the change")
        if backup and old is not None:
            _atomic(target.with_name(target.name + ".bak"), old, 0o600)
        status = None if old is None else target.stat()
        mode = 0o600 if status is None else status.st_mode & 0o600 or 0o600
        _atomic(target, document.dump(), mode, status)
    return target


def _target(path: Path) -> Path:
    """Follow links to the file itself: writing beside the link would replace the link."""
    try:
        target = path.resolve(strict=False)
    except (OSError, RuntimeError):
        raise Refused(f"{path} is a loop of symbolic links: remove it") from None
    if target.exists() and not target.is_file():
        raise Refused(f"{target} is no regular file: move it away")
    if path.is_symlink() and not target.parent.is_dir():
        raise Refused(f"{path} is a link to a folder that is not there: {target.parent}")
    if not target.parent.is_dir():
        raise Refused(f"the folder {target.parent} does not exist: make it first")
    return target


def _atomic(target: Path, data: bytes, mode: int, old: os.stat_result | None = None) -> None:
    beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            if old is not None and hasattr(os, "fchown") and os.geteuid() == 0:
                os.fchown(descriptor, old.st_uid, old.st_gid)  # root mends the file of somebody, who keeps it
            _write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.replace(target)
    except OSError as failure:
        with suppress(OSError):
            beside.unlink()
        raise Refused(f"could not write {target}: {failure.strerror}; the file is as it was") from None
    _sync_folder(target.parent)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    """The rename itself must reach the disk. Not every file system can be asked."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Keep a second writer out. The lock is a file beside, for the file itself is replaced; it goes with its holder."""
    lock = target.with_name(f".{target.name}.lock")
    deadline = monotonic() + LOCK_SECONDS
    while (descriptor := _opened(lock)) is not None:
        if _is_taken(descriptor) and _is_there(lock, descriptor):
            break
        os.close(descriptor)
        if monotonic() > deadline:
            raise Refused(f"another program has been writing {target} for {LOCK_SECONDS} seconds: try again")
        sleep(0.02)
    try:
        yield
    finally:
        if descriptor is not None:
            # Removed while it is held: who waits for it finds another file, or none, at its name and begins anew.
            with suppress(OSError):
                lock.unlink()
            os.close(descriptor)


def _opened(lock: Path) -> int | None:
    """Open or make the lock; None where the platform has no such locks."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return None
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as failure:
        raise Refused(f"could not write in {lock.parent}: {failure.strerror}") from None


def _is_taken(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_there(lock: Path, descriptor: int) -> bool:
    """Whether the locked file is still the one of that name: its last holder may have removed it meanwhile."""
    try:
        found = lock.lstat()
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (found.st_ino, found.st_dev) == (mine.st_ino, mine.st_dev)
