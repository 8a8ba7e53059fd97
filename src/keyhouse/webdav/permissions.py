"""Which permission each method needs, in the folder of the file and in the folder of the destination."""

from urllib.parse import unquote, urlsplit

from keyhouse.core.permissions import Permission
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, MethodNotAllowed, NotFound, WireError
from keyhouse.webdav.tree import MOUNT, Spot, Tree

READING = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND"})
_FILES_ONLY = "Folders are made, moved and deleted on their own pages; here are the files below '@files'."


def check(call: Call, tree: Tree, method: str, spot: Spot) -> None:
    """Refuse what the caller may not do here. Raises `WireError`."""
    if method in READING:
        if not call.may(Permission.READ, spot.folder) and not (spot.place is None and tree.may_see(spot.folder)):
            raise call.refused(spot.folder)
        _require_declaration(call, spot)
        return
    if spot.place is None or not spot.place.parts:
        raise MethodNotAllowed(_FILES_ONLY)
    for permission in _needed(method, spot):
        call.require(permission, spot.folder)
    _require_declaration(call, spot)


def destination(call: Call, tree: Tree, method: str) -> Spot:
    """Return where a file goes that is copied or moved, if the caller may put it there. Raises `WireError`."""
    target = tree.find(_path_of(call))
    if target is None or target.place is None or not call.may(Permission.READ, target.folder):
        raise NotFound("The Destination names no place among the files of a folder.")
    if not target.place.parts:
        raise MethodNotAllowed(_FILES_ONLY)
    call.require(Permission.DELETE if target.place.is_directory() else _writing(target), target.folder)
    _require_declaration(call, target)
    return target


def _require_declaration(call: Call, spot: Spot) -> None:
    # The address of all files is in the root folder: what the folder of the file demands is asked here.
    if spot.place is not None:
        call.in_folder(spot.folder).require_declaration()


def _needed(method: str, spot: Spot) -> tuple[Permission, ...]:
    match method:
        case "PUT":
            return (_writing(spot),)
        case "MKCOL":
            return (Permission.INSERT,)
        case "DELETE":
            return (Permission.DELETE,)
        case "COPY":
            return (Permission.READ,)
        case "MOVE":
            return (Permission.READ, Permission.DELETE)
    raise MethodNotAllowed(f"Method Not Allowed: {method}")


def _writing(spot: Spot) -> Permission:
    there = spot.place.status() if spot.place else None
    return Permission.INSERT if there is None else Permission.UPDATE


def _path_of(call: Call) -> str:
    given = urlsplit(call.request.headers.get("Destination", ""))
    if not given.path:
        raise BadRequest("Say in the header Destination where the file goes.")
    own = {call.request.META.get("HTTP_HOST", "").lower(), urlsplit(call.site.boot.url).netloc.lower()}
    if given.netloc and given.netloc.lower() not in own:
        raise WireError("The Destination is on another server.", status=502)
    path, start = unquote(given.path), f"{call.context_path}{MOUNT}/"
    if not path.startswith(start) or any(part in {".", ".."} for part in path.split("/")):
        raise WireError("The Destination is not among the files of this server.", status=502)
    return path[len(start) - 1 :]
