"""What the WebDAV library asks of us: the tree as its resources. Permissions were checked before (`permissions.py`)."""

import errno
import logging
import mimetypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from wsgidav.dav_error import (
    HTTP_BAD_REQUEST,
    HTTP_CONFLICT,
    HTTP_FORBIDDEN,
    HTTP_INSUFFICIENT_STORAGE,
    HTTP_INTERNAL_ERROR,
    HTTP_METHOD_NOT_ALLOWED,
    DAVError,
)
from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider

from keyhouse.files import write
from keyhouse.files.places import Place
from keyhouse.files.quota import OverQuota, Quota
from keyhouse.files.write import NewFile
from keyhouse.webdav.trail import Trail
from keyhouse.webdav.tree import FILES, Spot, Tree

log = logging.getLogger("keyhouse.files")
TREE, TRAIL, TARGET = "keyhouse.tree", "keyhouse.trail", "keyhouse.target"
_Record = Callable[[], None]


class Provider(DAVProvider):  # type: ignore[misc]
    """Finds the resource of a path for the caller of a request."""

    def get_resource_inst(self, path: str, environ: dict[str, Any]) -> "Collection | File | None":
        """Return what is there, or None."""
        tree: Tree = environ[TREE]
        spot = tree.find(path)
        return None if spot is None else resource(spot, environ)


def resource(spot: Spot, environ: dict[str, Any]) -> "Collection | File | None":
    """Return the resource at a spot, or None where nothing is."""
    if spot.place is None or spot.place.is_directory():
        return Collection(spot, environ)
    return File(spot, environ) if spot.place.status() is not None else None


class _Resource:
    """What files and collections share: they are copied, moved and deleted whole."""

    spot: Spot
    environ: dict[str, Any]

    def get_display_name(self) -> str:
        return self.spot.place.name or FILES if self.spot.place else self.spot.folder.name

    def get_creation_date(self) -> float | None:
        status = self.spot.place.status() if self.spot.place else None
        return status.st_ctime if status else None

    def get_last_modified(self) -> float | None:
        status = self.spot.place.status() if self.spot.place else None
        return status.st_mtime if status else None

    def handle_delete(self) -> bool:
        self._change("deleted", lambda place, record: write.delete(place, record))
        return True

    def handle_move(self, dest_path: str) -> bool:
        target: Spot = self.environ[TARGET]
        quota: Quota = self.environ[TREE].quota(target.folder)
        if target.folder.id == self.spot.folder.id:
            quota = Quota(quota.home)  # within a folder nothing grows
        self._change("moved", lambda place, record: write.move(place, _place(target), quota, record), target)
        return True

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:
        target: Spot = self.environ[TARGET]
        quota: Quota = self.environ[TREE].quota(target.folder)
        self._change(
            "copied", lambda place, record: write.copy(place, _place(target), quota, record, depth_infinity), target
        )
        return True

    def _change(self, what: str, act: Callable[[Place, _Record], None], target: Spot | None = None) -> None:
        trail: Trail = self.environ[TRAIL]
        with saying_why():
            act(_place(self.spot), lambda: trail.changed(what, self.spot, target))


class Collection(_Resource, DAVCollection):  # type: ignore[misc]
    """A folder, its `@files`, or a directory among them."""

    def __init__(self, spot: Spot, environ: dict[str, Any]) -> None:
        super().__init__(spot.path, environ)
        self.spot = spot

    def get_member_names(self) -> list[str]:
        tree: Tree = self.environ[TREE]
        if self.spot.place is not None:
            return self.spot.place.names()
        return [FILES, *(folder.name for folder in tree.subfolders(self.spot.folder))]

    def get_member(self, name: str) -> "Collection | File | None":
        tree: Tree = self.environ[TREE]
        spot = tree.find(f"{self.spot.path.rstrip('/')}/{name}")
        return None if spot is None else resource(spot, self.environ)

    def get_etag(self) -> None:
        return None

    def support_etag(self) -> bool:
        return False

    def create_empty_resource(self, name: str) -> "File":
        return File(Spot(self.spot.folder, _place(self.spot).child(name)), self.environ)

    def create_collection(self, name: str) -> None:
        spot = Spot(self.spot.folder, _place(self.spot).child(name))
        trail: Trail = self.environ[TRAIL]
        with saying_why():
            write.make_directory(_place(spot), lambda: trail.changed("made", spot))


class File(_Resource, DAVNonCollection):  # type: ignore[misc]
    """A file, or the place of one that is about to be written."""

    def __init__(self, spot: Spot, environ: dict[str, Any]) -> None:
        super().__init__(spot.path, environ)
        self.spot = spot
        self._written: NewFile | None = None

    def get_content_length(self) -> int | None:
        status = _place(self.spot).status()
        return status.st_size if status else None

    def get_content_type(self) -> str:
        return mimetypes.guess_type(_place(self.spot).name)[0] or "application/octet-stream"

    def get_etag(self) -> str | None:
        status = _place(self.spot).status()
        return f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}" if status else None

    def support_etag(self) -> bool:
        return True

    def support_ranges(self) -> bool:
        return True

    def get_content(self) -> BinaryIO:
        self.environ[TRAIL].read(self.spot, _place(self.spot).status())
        return os.fdopen(os.open(_place(self.spot).path, os.O_RDONLY | os.O_NOFOLLOW), "rb")

    def begin_write(self, *, content_type: str | None = None) -> "_Sink":
        with saying_why():
            self._written = NewFile(_place(self.spot), self.environ[TREE].quota(self.spot.folder))
        return _Sink(self._written, int(self.environ.get("CONTENT_LENGTH") or -1))

    def end_write(self, *, with_errors: bool) -> None:
        written = self._written
        assert written is not None
        with written, saying_why():
            if not with_errors:
                trail: Trail = self.environ[TRAIL]
                written.keep(lambda: trail.changed("written", self.spot, size=written.size))


class _Sink:
    """Takes the body of a PUT as it arrives."""

    def __init__(self, file: NewFile, expected: int) -> None:
        self._file = file
        self._expected = expected

    def writelines(self, pieces: Iterator[bytes]) -> None:
        with saying_why():
            for piece in pieces:
                self._file.write(piece)
        if self._expected >= 0 and self._file.size != self._expected:
            raise DAVError(
                HTTP_BAD_REQUEST, "The connection ended before the whole file had arrived; the old one is as it was."
            )

    def close(self) -> None:
        """Nothing: the file is kept or dropped by `end_write`."""


@contextmanager
def saying_why() -> Iterator[None]:
    """Turn what the file system says into an answer that a person can use."""
    try:
        yield
    except OverQuota:
        raise DAVError(
            HTTP_INSUFFICIENT_STORAGE,
            "The files of this folder have reached their limit. Delete some, or ask an administrator for more room.",
        ) from None
    except FileExistsError:
        raise DAVError(HTTP_METHOD_NOT_ALLOWED, "Something of this name is there already.") from None
    except (FileNotFoundError, NotADirectoryError):
        raise DAVError(HTTP_CONFLICT, "The directory that this would be in is not there.") from None
    except OSError as error:
        log.exception("A file could not be written")
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DAVError(HTTP_INSUFFICIENT_STORAGE, "The disk of this server is full.") from None
        raise DAVError(HTTP_INTERNAL_ERROR, "This file could not be written; the log has the details.") from None


def _place(spot: Spot) -> Place:
    if spot.place is None:
        raise DAVError(HTTP_FORBIDDEN)
    return spot.place
