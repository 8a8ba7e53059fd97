"""The controller ``project``: the tree of folders."""

from typing import Any

from keyhouse.authz.models import Folder
from keyhouse.core.permissions import Permission
from keyhouse.labkey.containers import Tree, Wanted
from keyhouse.labkey.places import named
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
_IMMEDIATE, _NO_LIMIT = 1, 1_000_000


@actions.add("project-getContainers", is_csrf_exempt=True)
def get_containers(call: Call) -> dict[str, Any]:
    """Describe one or several folders with their children, and all that is below them where asked for."""
    tree = Tree(Folder.objects.all(), call.rights, call.context_path)
    asked = named(call, "container", "containers") or [call.folder]
    if not all(tree.shows(folder) for folder in asked):
        raise call.refused()
    containers = [tree.container(folder, _wanted(call)) for folder in asked]
    if call.parameters.flag("multipleContainers") or len(containers) > 1:
        return {"containers": containers}
    return containers[0]


@actions.add("project-getReadableContainers", is_csrf_exempt=True)
def get_readable_containers(call: Call) -> dict[str, Any]:
    """Name the paths of the folder and of those below it that the caller may read."""
    start = next(iter(named(call, "container")), call.folder)
    tree = Tree(Folder.objects.all(), call.rights, call.context_path)
    if not tree.shows(start):
        raise call.refused()
    readable = call.rights.folders_with(Permission.READ)
    within = tree.within(start, _depth(call))
    return {"containers": [folder.path for folder in within if folder.id in readable]}


def _depth(call: Call) -> int:
    depth = call.parameters.number("depth", default=-1)
    if not call.parameters.flag("includeSubfolders"):
        return _IMMEDIATE
    return _NO_LIMIT if depth is None or depth < 0 else depth


def _wanted(call: Call) -> Wanted:
    return Wanted(
        depth=_depth(call),
        has_permissions=call.parameters.flag("includeEffectivePermissions", default=True),
        has_standard_properties=call.parameters.flag("includeStandardProperties", default=True),
        has_module_properties=bool(call.parameters.all("moduleProperties")),
    )
