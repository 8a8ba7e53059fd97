"""Who may save and delete which view, the same for pages and clients.

One's own views are for whoever may read and has signed in. Shared ones need the permission to update rows, as editors
have it. A shared view that the caller may not save is saved as the caller's own, as LabKey does; the answer tells.
"""

from dataclasses import dataclass

from keyhouse.authz import folders
from keyhouse.authz.folders import FolderNotFound
from keyhouse.authz.models import Folder
from keyhouse.core.permissions import Permission
from keyhouse.queries.binding import binding_of
from keyhouse.queries.definition import ViewDefinition, ViewError
from keyhouse.queries.names import Subject, lineage
from keyhouse.queries.views import View
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound


@dataclass(frozen=True)
class Wish:
    """How a view is to be saved. `container_path` is where, if it is to be inherited by the folders below."""

    is_shared: bool = False
    is_in_session: bool = False
    is_hidden: bool = False
    inherits: bool = False
    may_replace: bool = True
    container_path: str = ""


def save_view(call: Call, subject: Subject, name: str, definition: ViewDefinition, wish: Wish) -> View:
    """Save a view. Raises `ViewError`, `NameRefused`, `NotFound`, `Unauthorized`."""
    if call.principal.is_guest:
        raise call.refused()
    target = _target(call, subject, wish)
    may_share = call.may(Permission.UPDATE, target.folder)
    is_shared = wish.is_shared and may_share and not wish.is_in_session
    existing = _existing(call, target, name, is_shared)
    if existing is not None and not wish.may_replace and name:
        raise ViewError(f'A saved view by the name "{name}" already exists.')
    if existing is not None and existing.is_in_session and not wish.is_in_session:
        call.site.custom_views.delete(existing, call.caller)
    return call.site.custom_views.save(
        target,
        name,
        definition,
        call.caller,
        is_shared=is_shared,
        is_hidden=wish.is_hidden,
        inherits=wish.inherits and may_share and not wish.is_in_session,
        binding=binding_of(call.caller) if wish.is_in_session else None,
    )


def keep_view(call: Call, subject: Subject, view: View, name: str, wish: Wish) -> View:
    """Save a view of the session to stay. Raises as `save_view`, and refuses to share where that is not permitted."""
    target = _target(call, subject, wish)
    if wish.is_shared or wish.inherits:
        call.require(Permission.UPDATE, target.folder)
    existing = call.site.custom_views.find(target, name, call.caller, has_session=False)
    hides_shared = existing is not None and existing.is_shared and not wish.is_shared
    if existing is not None and not hides_shared and not wish.may_replace and name:
        raise ViewError(f'A saved view by the name "{name}" already exists.')
    how = {"is_shared": wish.is_shared, "is_hidden": wish.is_hidden, "inherits": wish.inherits}
    return call.site.custom_views.keep(view, target, name, call.caller, **how)


def may_change(call: Call, view: View) -> bool:
    """Tell whether the caller may change or delete a view: one's own, or a shared one where that is permitted."""
    return not view.is_shared or call.may(Permission.UPDATE, view.row.folder)


def delete_view(call: Call, subject: Subject, name: str, is_complete: bool = False) -> View | None:
    """Delete a view and return the one that stands behind it; with `is_complete`, delete that too where permitted."""
    view = call.site.custom_views.find(subject, name, call.caller)
    if view is None:
        raise NotFound(f"The requested view '{name[:100]}' does not exist for this user.")
    if call.principal.is_guest or not may_change(call, view):
        raise call.refused()
    call.site.custom_views.delete(view, call.caller)
    behind = call.site.custom_views.find(subject, name, call.caller)
    if is_complete and behind is not None and may_change(call, behind):
        call.site.custom_views.delete(behind, call.caller)
        behind = call.site.custom_views.find(subject, name, call.caller)
    return behind


def _target(call: Call, subject: Subject, wish: Wish) -> Subject:
    if not (wish.inherits and wish.container_path):
        return subject
    try:
        folder = folders.find(wish.container_path)
    except FolderNotFound:
        raise NotFound(f"No such container: {wish.container_path[:255]}") from None
    if folder.id != subject.folder.id:
        _check_above(call, folder, subject)
    return Subject(folder, subject.schema, subject.query)


def _check_above(call: Call, folder: Folder, subject: Subject) -> None:
    if folder.lower_path not in lineage(subject.folder):
        raise ViewError(f"'containerPath' must name {subject.folder.path} or a folder above it, which inherits to it.")
    call.require(Permission.UPDATE, folder)


def _existing(call: Call, subject: Subject, name: str, is_shared: bool) -> View | None:
    found = call.site.custom_views.find(subject, name, call.caller)
    if not is_shared or found is None or found.is_shared or found.is_in_session:
        return found
    # One's own view of the name gives way to the shared one; what counts is whether there is a shared one.
    return call.site.custom_views.find_shared(subject, name, call.caller)
