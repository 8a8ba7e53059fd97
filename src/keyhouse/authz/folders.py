"""Folders: find, add, rename, move, delete, and let them inherit roles or not."""

import re
import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from keyhouse.accounts.models import Group
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz import aliases
from keyhouse.authz.assignments import Assignments
from keyhouse.authz.fetch import folder_by_path
from keyhouse.authz.folder_names import FolderError, check_name, check_title
from keyhouse.authz.models import ROOT_ID, Folder
from keyhouse.authz.policies import project_of
from keyhouse.core.caller import Caller

__all__ = ["FolderError", "FolderNotFound", "FolderTaken", "Folders", "check_name", "check_title"]

_ENTITY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_LONGEST_PATH = 1024
_ROW_ID = re.compile(r"__r(\d{1,9})\Z")
KEPT_PATHS = frozenset({"/", "/home", "/shared"})
"""Folders that every client library counts on: they are neither deleted nor moved."""


class FolderNotFound(FolderError):
    """There is no such folder."""


class FolderTaken(FolderError):
    """The parent has a folder of this name already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A child container with the name '{name}' already exists")


class Folders:
    """What can be done with folders; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime], assignments: Assignments) -> None:
        self._recorder = recorder
        self._clock = clock
        self._assignments = assignments
        self._clearings: list[Callable[[Folder, Caller], None]] = []

    def on_delete(self, clear: Callable[[Folder, Caller], None]) -> None:
        """Let `clear` remove what it keeps of a folder, inside the transaction in which the folder goes."""
        self._clearings.append(clear)

    def add(
        self, path: str, caller: Caller, title: str = "", description: str = "", folder_type: str = "Collaboration"
    ) -> Folder:
        """Add one folder; its parent must be there. Raises `FolderError` for a bad or taken name."""
        parent_path, _, name = normal(path).rpartition("/")
        check_name(name, is_project=not parent_path)
        check_title(title.strip())
        try:
            with transaction.atomic():
                _lock_tree()
                parent = find(parent_path or "/")
                full = _path_in(parent, name)
                folder = Folder.objects.create(
                    parent=parent,
                    name=name,
                    path=full,
                    lower_path=full.lower(),
                    title=title.strip(),
                    description=description.strip(),
                    folder_type=folder_type.strip()[:100] or "Collaboration",
                    created_at=self._clock(),
                )
                # An old name of another folder ends where a new folder takes it.
                aliases.forget(full)
                self._record(folder, caller, "was added")
        except IntegrityError:
            raise FolderTaken(name) from None
        return folder

    def rename(self, folder: Folder, name: str, title: str, caller: Caller, keeps_alias: bool = True) -> None:
        """Give a folder another name and title; the paths below follow, and old paths lead on with an alias."""
        check_name(name, is_project=folder.is_project)
        check_title(title.strip())
        old = {"name": folder.name, "title": folder.title or folder.name}
        parent = folder.parent
        if parent is None or (folder.lower_path in KEPT_PATHS and name != folder.name):
            raise FolderError(f"The path {folder.path} is not renameable.")
        with transaction.atomic():
            _lock_tree()
            self._place(folder, parent, name, keeps_alias)
            folder.title = "" if title.strip() == name else title.strip()
            folder.save(update_fields=["title"])
            new = {"name": name, "title": folder.title or name}
            what = (
                f"{name} was renamed from {old['name']} to {name}" if name != old["name"] else f"{name} has a new title"
            )
            self._record_text(folder, caller, what, old=old, new=new)

    def move(self, folder: Folder, parent: Folder, caller: Caller, keeps_alias: bool = True) -> None:
        """Put a folder with all below it under another parent; raises `FolderError` where that cannot be."""
        if folder.is_root or folder.is_project:
            raise FolderError("Cannot move project/root Containers.")
        old = folder.path
        with transaction.atomic():
            _lock_tree()
            if parent.id in {folder.id, *(below.id for below in descendants(folder))}:
                raise FolderError(f"The container '{parent.path}' is not a valid parent folder.")
            check_name(folder.name, is_project=parent.is_root)
            left = project_of(folder)
            self._place(folder, parent, folder.name, keeps_alias)
            if left is not None and project_of(folder) != left:
                self._leave_groups_behind(folder, left, caller)
            self._record_text(folder, caller, f"Folder {old} was moved to {folder.path}.", old=old, new=folder.path)

    def delete(self, folder: Folder, caller: Caller, reason: str = "") -> None:
        """Delete a folder and all below it, deepest first, with everything that others keep of them."""
        if folder.lower_path in KEPT_PATHS:
            raise FolderError(f"The path {folder.path} is not deletable.")
        with transaction.atomic():
            _lock_tree()
            for each in [*reversed(descendants(folder)), folder]:
                for clear in self._clearings:
                    clear(each, caller)
                why = {"userComment": reason[:1000]} if reason else {}
                self._record_text(each, caller, f"Folder {each.path} was deleted.", **why)
                each.delete()

    def set_inheritance(self, folder: Folder, inherits: bool, caller: Caller) -> None:
        """Let a folder take over its parent's roles, or break with them."""
        if folder.is_root:
            raise FolderError("The root folder has no parent to inherit from.")
        with transaction.atomic():
            Folder.objects.filter(id=folder.id).update(inherits=inherits, policy_changed_at=self._clock())
            self._record(folder, caller, "inherits roles again" if inherits else "no longer inherits roles")
        folder.inherits = inherits

    def _place(self, folder: Folder, parent: Folder, name: str, keeps_alias: bool) -> None:
        full, old = _path_in(parent, name), folder.path
        if full.lower() != folder.lower_path and Folder.objects.filter(lower_path=full.lower()).exists():
            raise FolderTaken(name)
        below = descendants(folder)
        if any(len(full) + len(each.path) - len(old) > _LONGEST_PATH for each in below):
            raise FolderError(f"A folder's path has at most {_LONGEST_PATH} characters.")
        aliases.forget(full)
        if keeps_alias and full.lower() != old.lower():
            aliases.keep(old, folder)
        folder.parent, folder.name = parent, name
        for each in (folder, *below):
            each.path = full + each.path[len(old) :]
            each.lower_path = each.path.lower()
            each.save(update_fields=["parent", "name", "path", "lower_path"])

    def _leave_groups_behind(self, folder: Folder, project: Folder, caller: Caller) -> None:
        # A group of the old project must not go on ruling here: the administrators there choose its members.
        groups = Group.objects.filter(project=project.entity_id)
        self._assignments.take_from(groups, [folder, *descendants(folder)], caller)

    def _record(self, folder: Folder, caller: Caller, what: str) -> None:
        self._record_text(folder, caller, f"Folder {folder.path} {what}.")

    def _record_text(self, folder: Folder, caller: Caller, text: str, **details: Any) -> None:
        details["folderId"] = str(folder.entity_id)
        self._recorder.record(Event(Kind.FOLDER_CHANGED, caller, text, folder=folder.path, details=details))


def descendants(folder: Folder) -> list[Folder]:
    """Return all folders below one, each after its parent."""
    found: list[Folder] = []
    level = [folder.id]
    while level:
        children = list(Folder.objects.filter(parent_id__in=level).order_by("lower_path"))
        found += children
        level = [child.id for child in children]
    return found


def _lock_tree() -> None:
    # Two changes of the tree at once could leave a path that its parent no longer has. Rows that refer to the root may
    # be written meanwhile: whoever writes them can hold the audit log, for which a change of the tree waits.
    Folder.objects.select_for_update(no_key=True).get(id=ROOT_ID)


def _path_in(parent: Folder, name: str) -> str:
    full = f"{parent.path.rstrip('/')}/{name}"
    if len(full) > _LONGEST_PATH:
        raise FolderError(f"A folder's path has at most {_LONGEST_PATH} characters.")
    return full


def find(path: str) -> Folder:
    """Return the folder of this path, entity id or ``__r<row id>``; raises `FolderNotFound`. Case does not matter."""
    wanted = normal(path)
    folder = _by_id(wanted.strip("/")) or folder_by_path(wanted.lower())
    if folder is None:
        kind = "project" if wanted.count("/") == 1 else "folder or workbook"
        raise FolderNotFound(f"No such {kind}: {wanted}")
    return folder


def root() -> Folder:
    """Return the root folder."""
    return Folder.objects.get(id=ROOT_ID)


def normal(path: str) -> str:
    """Return a path in its one spelling: one slash in front, none doubled, none at the end (the root is ``/``).

    Letters with accents are composed (NFC): the same name typed on another keyboard is the same folder.
    """
    return "/" + "/".join(part for part in unicodedata.normalize("NFC", path).split("/") if part)


def _by_id(text: str) -> Folder | None:
    if _ENTITY_ID.match(text):
        return Folder.objects.filter(entity_id=uuid.UUID(text)).first()
    if row := _ROW_ID.match(text):
        return Folder.objects.filter(id=int(row.group(1))).first()
    return None
