"""The tables of schema ``core``: users, groups, folders and keys, as the caller may see them.

A table that a caller may not see is as if it were not there. No column ever holds a digest.
"""

from collections.abc import Callable, Iterable

from keyhouse.accounts.models import Group, User
from keyhouse.authz.models import Folder
from keyhouse.core.permissions import Permission
from keyhouse.data import Column, Kind, Lookup, MemoryTable, Row
from keyhouse.keys.models import ApiKey
from keyhouse.web.call import Call

SCHEMA = "core"
LISTED = ("APIKeys", "Containers", "Groups", "Users")
API_KEYS, USER_API_KEYS = "APIKeys", "UserApiKeys"


class CoreTable(MemoryTable):
    """A table of this server."""


def find(call: Call, name: str, folders: tuple[str, ...] | None = None) -> CoreTable | None:
    """Return the table of this name, in any letter case, if the caller may see it; `folders` limit the folders."""
    if name.lower() == "containers":
        return _containers(call, folders)
    build = _TABLES.get(name.lower())
    return build(call) if build else None


def _users(call: Call) -> CoreTable:
    """All of a user to who manages users, names to everybody who has signed in, nothing to guests."""
    columns = [Column("UserId", Kind.INT, nullable=False, key=True), Column("DisplayName", scale=150)]
    names = ["id", "display_name"]
    if call.rights.may(Permission.MANAGE_USERS):
        columns += [
            Column("Email", scale=254),
            Column("Active", Kind.BOOLEAN),
            Column("IsService", Kind.BOOLEAN),
            Column("Created", Kind.DATE),
        ]
        names += ["email", "is_active", "is_service", "created_at"]
    users = User.objects.none() if call.principal.is_guest else User.objects.order_by("id")
    return CoreTable("Users", columns, lambda: users.values_list(*names))


def _groups(call: Call) -> CoreTable:
    columns = [
        Column("UserId", Kind.INT, nullable=False, key=True),
        Column("Name", scale=64),
        Column("IsSystem", Kind.BOOLEAN),
    ]
    groups = (
        Group.objects.none() if call.principal.is_guest else Group.objects.filter(project__isnull=True).order_by("id")
    )
    return CoreTable("Groups", columns, lambda: groups.values_list("id", "name", "is_system"))


def _containers(call: Call, folders: tuple[str, ...] | None) -> CoreTable:
    columns = [
        Column("EntityId", nullable=False, key=True, scale=36),
        Column("RowId", Kind.INT, hidden=True),
        Column("Name", scale=255),
        Column("Path", scale=1024),
        Column("Title", scale=255),
        Column("Description"),
        Column("Parent", lookup=Lookup(SCHEMA, "Containers", "EntityId"), scale=36),
        Column("Created", Kind.DATE),
    ]
    return CoreTable("Containers", columns, lambda: _container_rows(call, folders), title_column="Name")


def _container_rows(call: Call, among: tuple[str, ...] | None) -> Iterable[Row]:
    readable = call.rights.folders_with(Permission.READ)
    folders = {folder.id: folder for folder in Folder.objects.order_by("lower_path")}
    for folder in folders.values():
        if folder.id in readable and (among is None or str(folder.entity_id) in among):
            # The id of a parent that the caller may not read is not told.
            parent = folders[folder.parent_id] if folder.parent_id in readable else None
            parent_id = str(parent.entity_id) if parent else None
            entity_id, title = str(folder.entity_id), folder.title or folder.name
            yield (
                *(entity_id, folder.id, folder.name, folder.path, title),
                *(folder.description, parent_id, folder.created_at),
            )


def _api_keys(call: Call) -> CoreTable | None:
    if not call.rights.may(Permission.MANAGE_USERS):
        return None
    return _keys_table(API_KEYS, "API Keys", is_owner_hidden=False, owner_id=None)


def _user_api_keys(call: Call) -> CoreTable | None:
    if call.principal.is_guest or call.allowed.context.impersonator_id is not None:
        return None
    return _keys_table(USER_API_KEYS, "User API Keys", is_owner_hidden=True, owner_id=call.principal.id)


def _keys_table(name: str, title: str, is_owner_hidden: bool, owner_id: int | None) -> CoreTable:
    owner = Column("CreatedBy", Kind.INT, lookup=Lookup(SCHEMA, "Users", "UserId"), hidden=is_owner_hidden)
    columns = [
        Column("RowId", Kind.INT, nullable=False, key=True, auto_increment=True, hidden=True),
        Column("KeyId", scale=80),
        owner,
        *(Column(moment, Kind.DATE) for moment in ("Created", "Expiration", "LastUsed")),
        Column("Description", scale=256),
    ]
    return CoreTable(name, columns, lambda: map(key_row, living_keys(owner_id)), title=title)


def living_keys(owner_id: int | None) -> Iterable[ApiKey]:
    """Return the keys that have not been revoked (expired ones are among them), of one owner or of all."""
    keys = ApiKey.objects.filter(revoked_at__isnull=True).order_by("id")
    return keys if owner_id is None else keys.filter(owner_id=owner_id)


def key_row(key: ApiKey) -> Row:
    """Lay a key out as a row of the key tables."""
    times = (key.created_at, key.expires_at, key.last_used_at)
    return (key.id, key.key_id, key.owner_id, *times, key.description)


_TABLES: dict[str, Callable[[Call], CoreTable | None]] = {
    "users": _users,
    "groups": _groups,
    API_KEYS.lower(): _api_keys,
    USER_API_KEYS.lower(): _user_api_keys,
}
