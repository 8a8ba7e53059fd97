"""The one action of `/_webdav`: checks, then the WebDAV library, whose answer leaves as a stream."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from wsgiref.headers import Headers

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from wsgidav.dav_error import DAVError
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, Unauthorized, WireError
from keyhouse.webdav import permissions
from keyhouse.webdav.listing import listing
from keyhouse.webdav.resources import TARGET, TRAIL, TREE, Provider
from keyhouse.webdav.trail import Trail
from keyhouse.webdav.tree import MOUNT, Spot, Tree

actions = ActionTable()
_METHODS = ("GET", "PUT", "POST", "DELETE", "MKCOL", "COPY", "MOVE", "PROPFIND", "OPTIONS")
_BY_POST = frozenset({"DELETE", "MKCOL", "PROPFIND", "COPY", "MOVE"})
_MOST_XML_BYTES = 64 * 1024
# An uploaded page must not run in this site's name in the browser of whoever opens it.
_AS_DATA = {"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "attachment"}
_NO_PARENT = "The directory that it belongs into does not exist. Make that first, with MKCOL."
# The library's words are for those who know the RFC.
_SAID = {
    "MKCOL can only be executed on an unmapped URL.": "There is a file or directory of this name already.",
    "Parent must be an existing collection.": _NO_PARENT,
    "PUT parent must be a collection": _NO_PARENT,
    "Cannot PUT to a collection": "This is a directory. Put the file into it, under a name of its own.",
    "If-Match header condition failed": "The file is not what it was when you read it (If-Match). Read it again.",
    "Destination already exists and Overwrite is set to false": "There is a file or directory of this name already; "
    "it is replaced only without the header 'Overwrite: F'.",
}


@actions.add(
    "webdav-files", methods=_METHODS, tolerates_missing_folder=True, streams_body=True, ignores_declarations=True
)
def serve(call: Call) -> HttpResponseBase | dict[str, Any]:
    """Answer one request on a file, a directory or a folder; what the folder demands is asked with its permissions."""
    if not call.request.path_info.lower().startswith(MOUNT):
        raise NotFound(f"Files are found under {call.context_path}{MOUNT}/")
    tree = Tree(call)
    spot = tree.find(_path(call))
    method = _method(call)
    if spot is None:
        raise NotFound(f"No such folder: {_path(call)}")
    if method == "LIST" or (method in {"GET", "HEAD"} and _is_directory(spot)):
        permissions.check(call, tree, "GET", spot)
        return listing(call, tree, spot)
    permissions.check(call, tree, method, spot)
    _check_bounds(call, method)
    return _hand_on(call, tree, method, spot)


def _path(call: Call) -> str:
    return call.request.path_info[len(MOUNT) :] or "/"


def _method(call: Call) -> str:
    method = str(call.request.method)
    if method != "POST":
        return method
    # R deletes and lists by POST, and says in a parameter what it means.
    meant = call.request.GET.get("method", "").upper()
    if meant == "JSON":
        return "LIST"
    if meant in _BY_POST:
        return meant
    raise BadRequest("Say in the parameter 'method' what to do: JSON (list), DELETE, MKCOL, COPY or MOVE.")


def _is_directory(spot: Spot) -> bool:
    return spot.place is None or spot.place.is_directory()


def _check_bounds(call: Call, method: str) -> None:
    told = str(call.request.META.get("CONTENT_LENGTH") or "0")
    if not (told.isascii() and told.isdecimal()):
        raise BadRequest("The header Content-Length must be a number of bytes.")
    length = int(told)
    if method != "PUT" and length > _MOST_XML_BYTES:
        raise WireError(f"The body of this request is too large: at most {_MOST_XML_BYTES} bytes.", status=413)
    # The whole tree in one answer costs the server more than the client (RFC 4918, section 9.1, permits refusal).
    if method == "PROPFIND" and call.request.headers.get("Depth", "infinity").lower() == "infinity":
        raise WireError("Ask with the header 'Depth: 0' or 'Depth: 1'.", status=403)


def _hand_on(call: Call, tree: Tree, method: str, spot: Spot) -> HttpResponseBase:
    environ = dict(call.request.META)
    if method in {"COPY", "MOVE"}:
        target = permissions.destination(call, tree, method)
        is_new = target.place is not None and target.place.status() is None
        environ |= {TARGET: target, "HTTP_DESTINATION": f"{call.context_path}{MOUNT}{target.path}"}
        environ.pop("HTTP_X_FORWARDED_HOST", None)
    else:
        is_new = False
    environ |= {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": call.context_path + MOUNT,
        "PATH_INFO": spot.path.encode().decode("latin-1"),
        TREE: tree,
        TRAIL: Trail(call),
    }
    return _answered(call, environ, is_new)


def _answered(call: Call, environ: dict[str, Any], is_new: bool) -> HttpResponseBase:
    started: list[Any] = []
    try:
        body = _library(call.context_path + MOUNT)(
            environ, lambda status, headers, _error=None: started.append((status, headers))
        )
        first = next(pieces := iter(body), b"")
    except DAVError as error:
        raise _refusal(error) from None
    status, headers = int(started[-1][0].split()[0]), Headers(started[-1][1])
    if is_new and status == HTTPStatus.NO_CONTENT:
        status = HTTPStatus.CREATED
    response: HttpResponseBase
    if environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
        response = StreamingHttpResponse(_Body(first, pieces, body), status=status)
        for name, value in _AS_DATA.items():
            response[name] = value
    else:
        response = HttpResponse(_said(environ["REQUEST_METHOD"], status, b"".join([first, *pieces])), status=status)
    for name, value in headers.items():
        if name.lower() not in {"date", "server", "connection"}:
            response[name] = value
    if not response.streaming:
        response["Content-Length"] = str(len(response.content))
    response["Cache-Control"] = "no-store"
    return response


def _said(method: str, status: int, body: bytes) -> bytes:
    # The library says "Created" in a page of its own, which a terminal would print; the status says it all.
    return b"" if method in {"PUT", "MKCOL"} and status < HTTPStatus.BAD_REQUEST else body


@lru_cache
def _library(mount: str) -> WsgiDAVApp:
    """Build the WebDAV library: no authentication, browsing or locks of its own, and nothing to standard output."""
    return WsgiDAVApp(
        {
            "mount_path": mount,
            "provider_mapping": {"/": Provider()},
            "middleware_stack": [RequestResolver],
            "lock_storage": False,
            "suppress_version_info": True,
            "logging": {"enable": False},
            "verbose": 1,
        }
    )


class _Body:
    """The body of a file; closing it closes the file, also when the client goes away."""

    def __init__(self, first: bytes, rest: Iterator[bytes], whole: Iterable[bytes]) -> None:
        self._first: bytes | None = first
        self._rest = rest
        self._whole = whole

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._rest)

    def close(self) -> None:
        for each in (self._rest, self._whole):
            if close := getattr(each, "close", None):
                close()


def _refusal(error: DAVError) -> WireError:
    text = _SAID.get(str(error.context_info)) or error.context_info or HTTPStatus(error.value).phrase
    if error.value == HTTPStatus.NOT_FOUND:
        return NotFound(f"There is no file or directory {text}")
    return Unauthorized(text) if error.value == HTTPStatus.FORBIDDEN else WireError(str(text), status=error.value)
