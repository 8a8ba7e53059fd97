"""Which folder a parameter names: a path, an entity id or ``__r<row id>``."""

from typing import Any

from keyhouse.authz import folders
from keyhouse.authz.folders import FolderNotFound
from keyhouse.authz.models import Folder
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound

_MOST = 1000


def named(call: Call, *names: str) -> list[Folder]:
    """Return the folders that these parameters name; raises `NotFound` for one that is not there."""
    values = call.parameters.all(*names)
    if not all(isinstance(value, str) for value in values):
        raise BadRequest(f"Could not parse parameter '{names[0]}'")
    wanted = list(dict.fromkeys(value for value in values if value.strip()))
    if len(wanted) > _MOST:
        raise BadRequest(f"At most {_MOST} containers can be asked for at once.")
    return [found(value) for value in wanted]


def found(path: str) -> Folder:
    """Return the folder of a path or id; raises `NotFound`."""
    try:
        return folders.find(path)
    except FolderNotFound as error:
        raise NotFound(str(error)) from None


def of_resource(call: Call, resource_id: Any) -> Folder | None:
    """Return the folder that a policy's resource id means, if it is the folder of the URL or below it."""
    if not isinstance(resource_id, str) or not resource_id.strip():
        return None
    try:
        folder: Folder = folders.find(resource_id)
    except FolderNotFound:
        return None
    return folder if _is_within(folder, call.folder) else None


def _is_within(folder: Folder, above: Folder) -> bool:
    return folder.id == above.id or folder.lower_path.startswith(above.lower_path.rstrip("/") + "/")
