"""The controller ``project``: the tree of folders (client-api.md, section 12)."""

from typing import Any

from keyhouse.authz import folders
from keyhouse.authz.folders import FolderNotFound
from keyhouse.authz.models import Folder
from keyhouse.labkey.containers import Tree, Wanted
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, Unauthorized

actions = ActionTable()
_IMMEDIATE, _NO_LIMIT = 1, 1_000_000


@actions.add("project-getContainers", is_csrf_exempt=True)
def get_containers(call: Call) -> dict[str, Any]:
    """Describe one or several folders with their children, and all that is below them where asked for."""
    tree = Tree(Folder.objects.all(), call.rights, call.context_path)
    asked = _asked(call)
    if not all(tree.shows(folder) for folder in asked):
        raise Unauthorized
    containers = [tree.container(folder, _wanted(call)) for folder in asked]
    if call.parameters.flag("multipleContainers") or len(containers) > 1:
        return {"containers": containers}
    return containers[0]


def _asked(call: Call) -> list[Folder]:
    texts = call.parameters.all("container", "containers")
    if not all(isinstance(text, str) for text in texts):
        raise BadRequest("Could not parse parameter 'container'")
    try:
        return [folders.find(text) for text in texts if text.strip()] or [call.folder]
    except FolderNotFound as error:
        raise NotFound(str(error)) from None


def _wanted(call: Call) -> Wanted:
    depth = call.parameters.number("depth", default=-1) or 0
    with_subfolders = call.parameters.flag("includeSubfolders")
    return Wanted(
        depth=_IMMEDIATE if not with_subfolders else _NO_LIMIT if depth < 0 else depth,
        has_permissions=call.parameters.flag("includeEffectivePermissions", default=True),
        has_standard_properties=call.parameters.flag("includeStandardProperties", default=True),
        has_module_properties=bool(call.parameters.all("moduleProperties")),
    )
