"""Folders as the client API shows them: container objects, and stubs on the way to them (client-api.md, 12)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from keyhouse.authz.models import Folder
from keyhouse.authz.rights import Rights
from keyhouse.core.permissions import Permission

MODULES = ("Core", "Query")
_DEEPEST = 60
_BITS = {
    Permission.READ: 0x1,
    Permission.INSERT: 0x2,
    Permission.UPDATE: 0x4,
    Permission.DELETE: 0x8,
    Permission.ADMIN: 0x8000,
}


@dataclass(frozen=True)
class Wanted:
    """What a client wants to be told of each container."""

    depth: int
    has_permissions: bool
    has_standard_properties: bool
    has_module_properties: bool


EVERYTHING = Wanted(depth=0, has_permissions=True, has_standard_properties=True, has_module_properties=False)
"""What a client is told of a folder that it made or changed."""


def described(folder: Folder, rights: Rights, context_path: str) -> dict[str, Any]:
    """Return the container object of one folder, without its children."""
    around = [folder] if folder.parent is None else [folder, folder.parent]
    body = Tree(around, rights, context_path).container(folder, EVERYTHING)
    del body["children"]
    return body


class Tree:
    """The folders of one moment, as one principal may see them."""

    def __init__(self, folders: Iterable[Folder], rights: Rights, context_path: str) -> None:
        self._folders = {folder.id: folder for folder in folders}
        self._children: dict[int | None, list[Folder]] = defaultdict(list)
        for folder in sorted(self._folders.values(), key=lambda each: each.lower_path):
            self._children[folder.parent_id].append(folder)
        self._rights = rights
        self._context_path = context_path
        self._readable = rights.folders_with(Permission.READ)
        self._shown = self._ways_to(self._readable)

    def shows(self, folder: Folder) -> bool:
        """Tell whether this folder may be read, or leads to one that may."""
        return folder.id in self._shown

    def container(self, folder: Folder, wanted: Wanted, depth: int = 0) -> dict[str, Any]:
        """Return one container with its children, as deep as wanted."""
        described: dict[str, Any] = {"name": folder.name, "path": folder.path, "id": str(folder.entity_id)}
        if wanted.has_standard_properties:
            described |= self._parent(folder) | self._standard(folder)
        if wanted.has_permissions:
            described |= self._permissions(folder)
        if wanted.has_module_properties:
            described["moduleProperties"] = []
        children = self._children[folder.id] if depth < min(wanted.depth, _DEEPEST) else []
        described["children"] = [self.container(child, wanted, depth + 1) for child in children if self.shows(child)]
        return described

    def within(self, folder: Folder, depth: int) -> list[Folder]:
        """Return a folder and those below it down to a depth, each after its parent, readable or not."""
        found, level = [folder], [folder]
        for _ in range(min(depth, len(self._folders))):
            level = [child for each in level for child in self._children[each.id]]
            if not level:
                break
            found += level
        return sorted(found, key=lambda each: each.lower_path.split("/"))

    def _ways_to(self, ids: Iterable[int]) -> set[int]:
        shown: set[int] = set()
        for folder_id in ids:
            step: int | None = folder_id
            while step is not None and step not in shown:
                shown.add(step)
                step = self._folders[step].parent_id if step in self._folders else None
        return shown

    def _parent(self, folder: Folder) -> dict[str, str | None]:
        parent = self._folders.get(folder.parent_id or 0)
        return {
            "parentPath": parent.path if parent else None,
            "parentId": str(parent.entity_id) if parent else None,
        }

    def _standard(self, folder: Folder) -> dict[str, Any]:
        is_readable = folder.id in self._readable
        return {
            "title": folder.title or folder.name,
            "description": folder.description if is_readable else None,
            "type": "project" if folder.is_project else "folder",
            "folderType": folder.folder_type if is_readable else "",
            "activeModules": list(MODULES) if is_readable else [],
            "isWorkbook": False,
            "isContainerTab": False,
            "startUrl": f"{self._context_path}{folder.path.rstrip('/')}/project-begin.view",
            "iconHref": None,
            "sortOrder": 0,
            "hasRestrictedActiveModule": False,
            "auditCommentsRequired": False,
            "formats": {
                "dateFormat": "yyyy-MM-dd",
                "dateTimeFormat": "yyyy-MM-dd HH:mm",
                "timeFormat": "HH:mm:ss",
                "numberFormat": None,
            },
        }

    def _permissions(self, folder: Folder) -> dict[str, Any]:
        held = self._rights.permissions_in(folder.id) if folder.id in self._readable else frozenset()
        return {
            "userPermissions": sum(bit for permission, bit in _BITS.items() if permission in held),
            "effectivePermissions": sorted(permission.class_name for permission in held),
        }
