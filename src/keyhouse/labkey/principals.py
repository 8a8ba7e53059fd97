"""Users and groups as parameters name them, and as the client API calls them."""

from collections.abc import Iterable, Mapping
from typing import Any

from keyhouse.accounts.models import ADMINISTRATORS_ID, ALL_SITE_USERS_ID, DEVELOPERS_ID, GUESTS_ID, Group, User
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import project_of
from keyhouse.core.permissions import Permission, Role
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

MOST_IDS = 1000
NO_PERMISSIONS = "org.labkey.api.security.roles.NoPermissionsRole"
_STORED = {ADMINISTRATORS_ID: "Administrators", ALL_SITE_USERS_ID: "Users", GUESTS_ID: "Guests"}
_SHOWN = {ADMINISTRATORS_ID: "Site Administrators", ALL_SITE_USERS_ID: "All Site Users", GUESTS_ID: "Guests"}
_IDS = {name.lower(): group_id for names in (_STORED, _SHOWN) for group_id, name in names.items()} | {
    "developers": DEVELOPERS_ID
}
_ROLES: Mapping[str, Role] = {role.class_name: role for role in Role}
_PERMISSIONS: Mapping[str, Permission] = {permission.class_name: permission for permission in Permission}


def stored_name(group: Group) -> str:
    """Return the name under which clients look a group up."""
    return _STORED.get(group.id, group.name)


def shown_name(group: Group) -> str:
    """Return the name that clients show to people."""
    return _SHOWN.get(group.id, group.name)


def group_object(group: Group) -> dict[str, Any]:
    """Return a group as lists of groups have it."""
    return {
        "id": group.id,
        "name": shown_name(group),
        "isProjectGroup": group.project is not None,
        "isSystemGroup": group.is_system,
    }


def role_of(class_name: str) -> Role | None:
    """Return the role of this class name."""
    return _ROLES.get(class_name)


def permission_of(class_name: str) -> Permission | None:
    """Return the permission of this class name."""
    return _PERMISSIONS.get(class_name)


def groups_in(folder: Folder, has_site_groups: bool) -> list[Group]:
    """Return the groups of the folder's project, with those of the site where wanted; at the root the site's."""
    project = project_of(folder)
    of_project = list(Group.objects.filter(project=project.entity_id).order_by("name")) if project else []
    is_with_site = has_site_groups or project is None
    of_site = list(Group.objects.filter(project__isnull=True).order_by("id")) if is_with_site else []
    return of_site + of_project


def group_named(name: str, folder: Folder) -> Group | None:
    """Return the group of the folder's project, else of the site, that has this name."""
    wanted = " ".join(name.split())
    project = project_of(folder)
    if project is not None and (found := Group.objects.filter(project=project.entity_id, name__iexact=wanted).first()):
        return found
    if wanted.lower() in _IDS:
        return Group.objects.get(id=_IDS[wanted.lower()])
    return Group.objects.filter(project__isnull=True, name__iexact=wanted).first()


def ids(call: Call, name: str) -> list[int]:
    """Return the numbers of a repeated parameter, a JSON list or a single one, each once."""
    values = call.parameters.all(name)
    if len(values) > MOST_IDS:
        raise BadRequest(f"At most {MOST_IDS} ids can be sent at once, in '{name}'.")
    return list(dict.fromkeys(number(value, name) for value in values))


def number(value: Any, name: str) -> int:
    """Return a value as an id; raises `BadRequest` for what is none."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit() or len(text) > 10:
        raise BadRequest(f"Could not parse parameter '{name}'")
    return int(text)


def accounts(wanted: Iterable[int]) -> list[User | Group]:
    """Return the users and groups of these ids in their order; raises `BadRequest` for one that is not there."""
    listed = list(wanted)
    known: dict[int, User | Group] = {**User.objects.in_bulk(listed), **Group.objects.in_bulk(listed)}
    for account_id in listed:
        if account_id not in known:
            raise BadRequest(f"Invalid principal id ({account_id})")
    return [known[account_id] for account_id in listed]


def account(account_id: int) -> User | Group | None:
    """Return the user or group of this id."""
    return User.objects.filter(id=account_id).first() or Group.objects.filter(id=account_id).first()
