"""What a folder may be called, in the words that client libraries know; some rules are ours (compatibility.md)."""

import re

_FILE_NAME = re.compile(r'[/\\:*?"<>|^]')
_ENTITY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_LONGEST_NAME, _LONGEST_TITLE = 255, 1000
_NO_PROJECTS = frozenset({"cas", "filecontent", "static"})


class FolderError(Exception):
    """A folder cannot be made or changed as asked; the text says why."""


def check_name(name: str, is_project: bool = False) -> None:
    """Refuse a name that cannot be a folder's, with `FolderError`."""
    refusal = _why_not(name)
    if refusal:
        raise FolderError(refusal)
    if is_project and name.lower() in _NO_PROJECTS:
        raise FolderError(f'Project name can\'t be "{name}".')


def _why_not(name: str) -> str | None:
    if not name.strip():
        return "Blank names are not allowed."
    if len(name) > _LONGEST_NAME:
        return "Folder name must be shorter than 255 characters"
    if _FILE_NAME.search(name):
        return (
            "Folder name must be a legal filename and not contain one of "
            "'/', '\\', ':', '?', '<', '>', '*', '|', '\"', '^'"
        )
    if ";" in name:
        return "Semicolons are not allowed in folder names."
    if name.startswith("@"):
        return "Folder name may not begin with '@'."
    if name.lower().endswith((".view", ".api", ".post")):
        return "Folder name should not end with '.view', '.api', or '.post'."
    if not name.isprintable():
        return "Non-printable characters are not allowed in folder names."
    return _why_misleading(name)


def _why_misleading(name: str) -> str | None:
    if name != name.strip():
        return "Folder name may not begin or end with blanks."
    # `__r5` and `_webdav` mean something else in a path; a name like an id would stand in front of who has this id.
    if name in {".", ".."} or name.startswith("_") or _ENTITY_ID.match(name):
        return f"'{name}' cannot name a folder: it means something else in a path."
    return None


def check_title(title: str) -> None:
    """Refuse a title that cannot be a folder's, with `FolderError`; it may be blank."""
    if len(title) > _LONGEST_TITLE:
        raise FolderError("Title must be shorter than 1000 characters")
    if not title.isprintable():
        raise FolderError("Non-printable characters are not allowed in titles.")
