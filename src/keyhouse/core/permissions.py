"""What one may do, and the roles that bundle it. Deny by default: what no role grants is refused.

Site Administrator and Application Administrator hold everywhere. A Troubleshooter reads the administration pages and
no data. Every other role holds in the folder where it is assigned and below it, until a folder breaks inheritance.
"""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a principal may do in a folder (site permissions: in the root folder)."""

    READ = "Read"
    INSERT = "Insert"
    UPDATE = "Update"
    DELETE = "Delete"
    ADMIN = "Admin"
    SEE_ADMIN_PAGES = "SeeAdminPages"
    MANAGE_USERS = "UserManagement"
    ADMIN_OPERATIONS = "AdminOperations"
    READ_AUDIT = "CanSeeAuditLog"

    @property
    def class_name(self) -> str:
        """The name by which the client API knows this permission."""
        return f"org.labkey.api.security.permissions.{self.value}Permission"


_EDIT = {Permission.READ, Permission.INSERT, Permission.UPDATE, Permission.DELETE}
_ADMINISTER = _EDIT | {Permission.ADMIN}
_SITE = {Permission.SEE_ADMIN_PAGES, Permission.MANAGE_USERS, Permission.READ_AUDIT}


class Role(StrEnum):
    """A bundle of permissions that is assigned to a user or a group in a folder."""

    SITE_ADMINISTRATOR = "Site Administrator"
    APPLICATION_ADMINISTRATOR = "Application Administrator"
    TROUBLESHOOTER = "Troubleshooter"
    PROJECT_ADMINISTRATOR = "Project Administrator"
    FOLDER_ADMINISTRATOR = "Folder Administrator"
    EDITOR = "Editor"
    AUTHOR = "Author"
    READER = "Reader"
    SUBMITTER = "Submitter"

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this role grants."""
        return GRANTS[self]

    @property
    def is_site_role(self) -> bool:
        """Tell whether the role is assigned in the root folder only."""
        return self in SITE_ROLES

    @property
    def class_name(self) -> str:
        """The name by which the client API knows this role."""
        return f"org.labkey.api.security.roles.{self.value.replace(' ', '').replace('istrator', '')}Role"


GRANTS: dict[Role, frozenset[Permission]] = {
    Role.SITE_ADMINISTRATOR: frozenset(Permission),
    Role.APPLICATION_ADMINISTRATOR: frozenset(_ADMINISTER | _SITE),
    Role.TROUBLESHOOTER: frozenset({Permission.SEE_ADMIN_PAGES, Permission.READ_AUDIT}),
    Role.PROJECT_ADMINISTRATOR: frozenset(_ADMINISTER),
    Role.FOLDER_ADMINISTRATOR: frozenset(_ADMINISTER),
    Role.EDITOR: frozenset(_EDIT),
    Role.AUTHOR: frozenset({Permission.READ, Permission.INSERT}),
    Role.READER: frozenset({Permission.READ}),
    Role.SUBMITTER: frozenset({Permission.INSERT}),
}

SITE_ROLES = frozenset({Role.SITE_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR, Role.TROUBLESHOOTER})
ROLES_THAT_HOLD_EVERYWHERE = frozenset({Role.SITE_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR})


def granted_by(roles: frozenset[Role]) -> frozenset[Permission]:
    """Return all that these roles together permit."""
    return frozenset(permission for role in roles for permission in GRANTS[role])
