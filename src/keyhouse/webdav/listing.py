"""The listing of a directory as JSON, as R and the page's scripts read it (client-api.md, section 15)."""

import mimetypes
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.webdav.tree import FILES, Spot, Tree


def listing(call: Call, tree: Tree, spot: Spot) -> dict[str, Any]:
    """Describe what is in a directory, or the one file that is named. Raises `NotFound`."""
    if spot.place is not None and not spot.place.is_directory():
        if spot.place.status() is None:
            raise NotFound(f"There is no file or directory {spot.path}")
        entries = [_described(call, tree, spot)]
    else:
        entries = [_described(call, tree, each) for each in _members(tree, spot)]
    return {"files": entries, "fileCount": len(entries), "permissions": _permissions(call, spot)}


def _members(tree: Tree, spot: Spot) -> Iterator[Spot]:
    if spot.place is not None:
        yield from (Spot(spot.folder, spot.place.child(name)) for name in spot.place.names())
        return
    if (files := tree.find(f"{spot.path}/{FILES}")) is not None:
        yield files
    yield from (Spot(folder, None) for folder in tree.subfolders(spot.folder))


def _described(call: Call, tree: Tree, spot: Spot) -> dict[str, Any]:
    status = spot.place.status() if spot.place else None
    is_directory = spot.place is None or spot.place.is_directory()
    name = (spot.place.name or FILES) if spot.place else spot.folder.name
    size = status.st_size if status is not None and stat.S_ISREG(status.st_mode) else 0
    entry: dict[str, Any] = {
        "id": f"/_webdav{spot.path}",
        "href": tree.url(spot, is_directory),
        "text": name,
        "name": name,
        "creationdate": _moment(status.st_ctime) if status else None,
        "createdby": None,
        "lastmodified": _moment(status.st_mtime) if status else None,
        "contentlength": size,
        "size": size,
        "collection": is_directory,
        "leaf": not is_directory,
        "contenttype": None if is_directory else mimetypes.guess_type(name)[0] or "application/octet-stream",
        "etag": None if status is None else f"{status.st_mtime_ns:x}-{status.st_size:x}",
        "options": _options(call, spot, is_directory),
    }
    return entry | _permissions(call, spot)


def _permissions(call: Call, spot: Spot) -> dict[str, bool]:
    def may(permission: Permission) -> bool:
        return call.may(permission, spot.folder) and spot.place is not None

    return {
        "canRead": call.may(Permission.READ, spot.folder),
        "canUpload": may(Permission.INSERT),
        "canEdit": may(Permission.UPDATE),
        "canDelete": may(Permission.DELETE),
        "canRename": may(Permission.DELETE),
    }


def _options(call: Call, spot: Spot, is_directory: bool) -> str:
    options = ["OPTIONS", "GET", "HEAD", "COPY", "PROPFIND"]
    if call.may(Permission.UPDATE, spot.folder) and not is_directory:
        options.append("PUT")
    if call.may(Permission.INSERT, spot.folder) and is_directory:
        options.append("MKCOL")
    if call.may(Permission.DELETE, spot.folder) and spot.place is not None and spot.place.parts:
        options += ["DELETE", "MOVE"]
    return ", ".join(options)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.000")
