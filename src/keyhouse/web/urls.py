"""The two URL shapes of LabKey (labkey-server.md, 11.1), read and written.

New: ``/container/path/controller-action.ext``. Old: ``/controller/container/path/action.ext``. The extension is not
interpreted; case does not matter in controllers and actions; repeated slashes count as one.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

FILES_MOUNT = "_webdav"
PROVISIONING_MOUNT = ("scim", "v2")
_ENDINGS = (".api", ".view", ".post")
_LONGEST_RETURN_URL = 8000
"""With each character that is not plain counted as it is written in an address."""


@dataclass(frozen=True)
class Target:
    """What a path asks for: an action of a controller, in a container. Controller and action are in lower case."""

    controller: str
    action: str
    container: str

    @property
    def name(self) -> str:
        """The name by which an action is registered."""
        return f"{self.controller}-{self.action}"


class UnsafePath(ValueError):
    """A path that tries to climb or to hide something; it is refused, never repaired."""


def parse(path: str) -> Target | None:
    """Read a path below the context path; None where it names no action. Raises `UnsafePath`."""
    parts = [part for part in path.split("/") if part]
    if any(part in {".", ".."} for part in parts) or any(c in path for c in "\0\\") or not path.isprintable():
        raise UnsafePath
    if not parts:
        return None
    if parts[0].lower() == FILES_MOUNT:
        return Target("webdav", "files", "/")
    if is_provisioning(path):
        return Target("scim", "v2", "/")
    last, _, extension = parts[-1].rpartition(".")
    # Without a known ending a last part such as "My.Folder" is a folder, not an action.
    if extension.lower() not in {"api", "view", "post"}:
        last = parts[-1]
        if "-" not in last and len(parts) < 2:
            return None
    return _target(parts[:-1], last)


def is_provisioning(path: str) -> bool:
    """Tell whether a path below the context path is one of directories."""
    parts = [part.lower() for part in path.split("/") if part]
    # A folder may be called so, too: its pages stay its own.
    return tuple(parts[:2]) == PROVISIONING_MOUNT and not parts[-1].endswith(_ENDINGS)


def _target(before: list[str], last: str) -> Target | None:
    controller, dash, action = last.rpartition("-")
    if dash and controller:
        return Target(controller.lower(), action.lower(), "/" + "/".join(before))
    if before:
        return Target(before[0].lower(), last.lower(), "/" + "/".join(before[1:]))
    return None


def build(context_path: str, container: str, name: str, **parameters: str | int) -> str:
    """Write a URL in the new shape: ``name`` is controller, action and extension, as in ``query-executeQuery.view``."""
    folder = quote(container.strip("/"))
    path = f"{context_path}/{folder}/{name}" if folder else f"{context_path}/{name}"
    return f"{path}?{urlencode(parameters)}" if parameters else path


def may_return_to(url: str) -> bool:
    """Tell whether a URL is short enough to lead to, and to stand in another one that leads there later."""
    return len(quote(url, errors="replace")) <= _LONGEST_RETURN_URL


def is_local(url: str, context_path: str) -> bool:
    """Tell whether a return URL stays on this site: an open redirect would lend our name to a phisher.

    Nobody is led to one that is too long.
    """
    if not may_return_to(url):
        return False
    if not url.startswith("/") or url.startswith("//") or "\\" in url or not url.isprintable():
        return False
    if any(unquote(part) in {".", ".."} for part in url.partition("?")[0].split("/")):
        return False
    return not context_path or url == context_path or url.startswith((context_path + "/", context_path + "?"))
