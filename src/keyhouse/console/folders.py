"""Manage Folders: the tree, and a form that adds one."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase

from keyhouse.authz.folders import FolderError, FolderNotFound, check_name, find
from keyhouse.authz.models import Folder
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()


@dataclass
class Node:
    """One folder of the tree."""

    url: str
    title: str
    inherits: bool
    source_count: int
    permissions_url: str
    children: list["Node"] = field(default_factory=list)


@actions.add("admin-manageFolders", is_page=True, needs_sign_in=True)
def manage_folders(call: Call) -> HttpResponseBase:
    """Show the folders that the caller administers, or add one."""
    if not (call.rights.may(Permission.SEE_ADMIN_PAGES) or call.rights.folders_with(Permission.ADMIN)):
        raise call.refused()
    if not is_post(call):
        return _page(call)
    try:
        _add(call, call.parameters.text("parent"), call.parameters.text("name"))
    except FolderNotFound as error:
        return _page(call, [("parent", str(error))])
    except FolderError as error:
        return _page(call, [("name", str(error))])
    return lead_to(call, "admin-manageFolders.view", "/", said="folder-added")


def _add(call: Call, parent_path: str, name: str) -> None:
    parent = find(parent_path or "/")
    call.require(Permission.ADMIN, parent)
    check_name(name)
    call.site.folders.add(f"{parent.path.rstrip('/')}/{name}", call.caller)


def _page(call: Call, problems: Problems = ()) -> HttpResponse:
    mine = call.rights.folders_with(Permission.ADMIN)
    folders = list(Folder.objects.annotate(source_count=Count("sources")).order_by("lower_path"))
    is_everything = call.rights.may(Permission.SEE_ADMIN_PAGES)
    return show(
        call,
        "folders.html",
        "Folders",
        is_admin_page=is_everything,
        problems=problems,
        tree=_tree(call, [each for each in folders if is_everything or each.id in mine], mine),
        parents=[each.path for each in folders if each.id in mine],
        entered={"parent": call.parameters.text("parent"), "name": call.parameters.text("name")},
        folders_url=call.url("admin-manageFolders.view", "/"),
    )


def _tree(call: Call, folders: list[Folder], administered: frozenset[int]) -> list[Node]:
    nodes = {folder.id: _node(call, folder, folder.id in administered) for folder in folders}
    below: dict[int | None, list[Node]] = defaultdict(list)
    for folder in folders:
        # A folder whose parent one does not administer stands at the top, under its whole path.
        is_top = folder.parent_id not in nodes
        nodes[folder.id].title = folder.path if is_top else folder.name
        below[None if is_top else folder.parent_id].append(nodes[folder.id])
    for folder_id, node in nodes.items():
        node.children = below[folder_id]
    return below[None]


def _node(call: Call, folder: Folder, may_administer: bool) -> Node:
    permissions_url = call.url("security-permissions.view", folder.path) if may_administer else ""
    url = call.url("project-begin.view", folder.path)
    return Node(url, folder.name, folder.inherits or folder.is_root, folder.source_count, permissions_url)  # type: ignore[attr-defined]
