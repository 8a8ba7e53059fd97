"""What one may do, and the roles that bundle it. Deny by default: what no role grants is refused.

Site Administrator and Application Administrator hold everywhere. A Troubleshooter reads the administration pages and
no data. Every other role holds in the folder where it is assigned and below it, until a folder breaks inheritance.
"""

from enum import StrEnum

from keyhouse.core.phi import PhiLevel


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
    PROVISION_ACCOUNTS = "AccountProvisioning"
    LIMITED_PHI = "LimitedPHI"
    FULL_PHI = "FullPHI"
    RESTRICTED_PHI = "RestrictedPHI"

    @property
    def class_name(self) -> str:
        """The name by which the client API knows this permission."""
        return _CLASS_NAMES.get(self, f"org.labkey.api.security.permissions.{self.value}Permission")

    @property
    def label(self) -> str:
        """The name by which people know it."""
        return _LABELS[self][0]

    @property
    def description(self) -> str:
        """What it lets one do, in a sentence."""
        return _LABELS[self][1]


_CLASS_NAMES = {
    Permission.SEE_ADMIN_PAGES: "org.labkey.api.security.permissions.TroubleshooterPermission",
    Permission.READ_AUDIT: "org.labkey.api.audit.permissions.CanSeeAuditLogPermission",
}
_LABELS = {
    Permission.READ: ("Read", "Can read information."),
    Permission.INSERT: ("Insert", "May add new information."),
    Permission.UPDATE: ("Update", "May update information."),
    Permission.DELETE: ("Delete", "May delete information."),
    Permission.ADMIN: ("Administrate", "Users may perform general administration"),
    Permission.SEE_ADMIN_PAGES: (
        "Troubleshooter",
        "May see the pages of the administration without changing anything.",
    ),
    Permission.MANAGE_USERS: ("User Management", "Allows management of users and site groups."),
    Permission.ADMIN_OPERATIONS: ("Admin Operations", "Allows operations on the whole server."),
    Permission.READ_AUDIT: ("View Audit Log", "Allows access to the audit log."),
    Permission.PROVISION_ACCOUNTS: ("Account Provisioning", "Allows a directory to add and deactivate users by SCIM."),
    Permission.LIMITED_PHI: ("Limited PHI", "May see limited protected health information."),
    Permission.FULL_PHI: ("Full PHI", "May see protected health information, restricted information excepted."),
    Permission.RESTRICTED_PHI: ("Restricted PHI", "May see all protected health information."),
}


PHI_PERMISSIONS = {
    PhiLevel.LIMITED: Permission.LIMITED_PHI,
    PhiLevel.FULL: Permission.FULL_PHI,
    PhiLevel.RESTRICTED: Permission.RESTRICTED_PHI,
}
_EDIT = {Permission.READ, Permission.INSERT, Permission.UPDATE, Permission.DELETE}
_ADMINISTER = _EDIT | {Permission.ADMIN}
_SITE = {Permission.SEE_ADMIN_PAGES, Permission.MANAGE_USERS, Permission.READ_AUDIT}


class Role(StrEnum):
    """A bundle of permissions that is assigned to a user or a group in a folder."""

    SITE_ADMINISTRATOR = "Site Administrator"
    APPLICATION_ADMINISTRATOR = "Application Administrator"
    TROUBLESHOOTER = "Troubleshooter"
    ACCOUNT_PROVISIONER = "Account Provisioner"
    REQUIRE_SECOND_FACTOR = "Require Secondary Authentication"
    PROJECT_ADMINISTRATOR = "Project Administrator"
    FOLDER_ADMINISTRATOR = "Folder Administrator"
    EDITOR = "Editor"
    AUTHOR = "Author"
    READER = "Reader"
    SUBMITTER = "Submitter"
    LIMITED_PHI_READER = "Limited PHI Reader"
    FULL_PHI_READER = "Full PHI Reader"
    RESTRICTED_PHI_READER = "Restricted PHI Reader"

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this role grants."""
        return GRANTS[self]

    @property
    def is_site_role(self) -> bool:
        """Tell whether the role is assigned in the root folder only."""
        return self in SITE_ROLES

    @property
    def description(self) -> str:
        """What the role is for, in a sentence."""
        return _DESCRIPTIONS[self]

    @property
    def class_name(self) -> str:
        """The name by which the client API knows this role."""
        return f"org.labkey.api.security.roles.{self.value.replace(' ', '').replace('istrator', '')}Role"


_DESCRIPTIONS = {
    Role.SITE_ADMINISTRATOR: "Site Administrators have full control over the whole site.",
    Role.APPLICATION_ADMINISTRATOR: "Application Administrators manage users and all folders, but not the server.",
    Role.TROUBLESHOOTER: "Troubleshooters may see administration pages and the audit log, and no data.",
    Role.ACCOUNT_PROVISIONER: "Account Provisioners are directories that add and deactivate users and groups by SCIM.",
    Role.REQUIRE_SECOND_FACTOR: "Who has it must sign in with a second factor where the site asks that of a role.",
    Role.PROJECT_ADMINISTRATOR: "Project Administrators have full control over the project, but not the entire system.",
    Role.FOLDER_ADMINISTRATOR: "Folder Administrators have full control over their particular folder, but not others.",
    Role.EDITOR: "Editors may read, add, update and delete information.",
    Role.AUTHOR: "Authors may read and add information.",
    Role.READER: "Readers may read information but may not change anything.",
    Role.SUBMITTER: "Submitters may submit new information, but may not read or change anything.",
    Role.LIMITED_PHI_READER: "Limited PHI Readers may see limited PHI in what they may read.",
    Role.FULL_PHI_READER: "Full PHI Readers may see limited and full PHI in what they may read.",
    Role.RESTRICTED_PHI_READER: "Restricted PHI Readers may see all PHI in what they may read.",
}

GRANTS: dict[Role, frozenset[Permission]] = {
    # Who administers a site need not see its patients: PHI is for who was given it.
    Role.SITE_ADMINISTRATOR: frozenset(Permission) - frozenset(PHI_PERMISSIONS.values()),
    Role.APPLICATION_ADMINISTRATOR: frozenset(_ADMINISTER | _SITE),
    Role.TROUBLESHOOTER: frozenset({Permission.SEE_ADMIN_PAGES, Permission.READ_AUDIT}),
    Role.ACCOUNT_PROVISIONER: frozenset({Permission.PROVISION_ACCOUNTS}),
    Role.REQUIRE_SECOND_FACTOR: frozenset(),
    Role.PROJECT_ADMINISTRATOR: frozenset(_ADMINISTER),
    Role.FOLDER_ADMINISTRATOR: frozenset(_ADMINISTER),
    Role.EDITOR: frozenset(_EDIT),
    Role.AUTHOR: frozenset({Permission.READ, Permission.INSERT}),
    Role.READER: frozenset({Permission.READ}),
    Role.SUBMITTER: frozenset({Permission.INSERT}),
    Role.LIMITED_PHI_READER: frozenset({Permission.LIMITED_PHI}),
    Role.FULL_PHI_READER: frozenset({Permission.LIMITED_PHI, Permission.FULL_PHI}),
    Role.RESTRICTED_PHI_READER: frozenset(PHI_PERMISSIONS.values()),
}

ROLES_THAT_HOLD_EVERYWHERE = frozenset({Role.SITE_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR})
ROLES_OF_THE_ROOT = frozenset({Role.TROUBLESHOOTER, Role.ACCOUNT_PROVISIONER, Role.REQUIRE_SECOND_FACTOR})
"""Site roles that mean nothing in the folders below."""
SITE_ROLES = ROLES_THAT_HOLD_EVERYWHERE | ROLES_OF_THE_ROOT


def granted_by(roles: frozenset[Role]) -> frozenset[Permission]:
    """Return all that these roles together permit."""
    return frozenset(permission for role in roles for permission in GRANTS[role])


def phi_level_of(permissions: frozenset[Permission]) -> PhiLevel:
    """Return the highest level of PHI that these permissions let one see."""
    return max((level for level, needed in PHI_PERMISSIONS.items() if needed in permissions), default=PhiLevel.NOT_PHI)
