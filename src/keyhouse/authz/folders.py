"""Folders: find, add, and let them inherit roles or not."""

import re
import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.fetch import folder_by_path
from keyhouse.authz.models import ROOT_ID, Folder
from keyhouse.core.caller import Caller

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|;]')
_ENTITY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_LONGEST_PATH = 1024
_ROW_ID = re.compile(r"__r(\d{1,9})\Z")


class FolderError(Exception):
    """A folder cannot be made or changed as asked; the text says why."""


class FolderNotFound(FolderError):
    """There is no such folder."""


class Folders:
    """What can be done with folders; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def add(self, path: str, caller: Caller, title: str = "", description: str = "") -> Folder:
        """Add one folder; its parent must be there. Raises `FolderError` for a bad or taken name."""
        parent_path, _, name = normal(path).rpartition("/")
        check_name(name)
        parent = find(parent_path or "/")
        full = f"{parent.path.rstrip('/')}/{name}"
        if len(full) > _LONGEST_PATH:
            raise FolderError(f"A folder's path has at most {_LONGEST_PATH} characters.")
        try:
            with transaction.atomic():
                folder = Folder.objects.create(
                    parent=parent,
                    name=name,
                    path=full,
                    lower_path=full.lower(),
                    title=title.strip()[:255],
                    description=description.strip(),
                    created_at=self._clock(),
                )
                self._record(folder, caller, "was added")
        except IntegrityError:
            raise FolderError(f"A child container with the name '{name}' already exists") from None
        return folder

    def set_inheritance(self, folder: Folder, inherits: bool, caller: Caller) -> None:
        """Let a folder take over its parent's roles, or break with them."""
        if folder.is_root:
            raise FolderError("The root folder has no parent to inherit from.")
        with transaction.atomic():
            Folder.objects.filter(id=folder.id).update(inherits=inherits)
            self._record(folder, caller, "inherits roles again" if inherits else "no longer inherits roles")
        folder.inherits = inherits

    def _record(self, folder: Folder, caller: Caller, what: str) -> None:
        event = Event(Kind.FOLDER_CHANGED, caller, f"Folder {folder.path} {what}.", folder=folder.path)
        self._recorder.record(event)


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


def check_name(name: str) -> None:
    """Refuse a name that cannot be a folder's, with `FolderError`."""
    if not name.strip() or len(name) > 255 or name != name.strip():
        raise FolderError("A folder's name has 1 to 255 characters and no blanks around it.")
    # A name like an id would stand in front of the folder that has this id.
    is_misleading = name in {".", ".."} or name.startswith(("@", "_")) or _ENTITY_ID.match(name)
    if is_misleading or _FORBIDDEN.search(name) or not name.isprintable():
        raise FolderError(f"'{name}' has characters that a folder's name may not have.")


def _by_id(text: str) -> Folder | None:
    if _ENTITY_ID.match(text):
        return Folder.objects.filter(entity_id=uuid.UUID(text)).first()
    if row := _ROW_ID.match(text):
        return Folder.objects.filter(id=int(row.group(1))).first()
    return None
