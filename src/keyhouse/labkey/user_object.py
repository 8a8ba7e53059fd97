"""A user as the client API shows it: to whoever signs in, about themselves (labkey-server.md, section 4.6)."""

from typing import Any

from keyhouse.authz.models import Folder
from keyhouse.authz.rights import Rights
from keyhouse.core.permissions import Permission, Role
from keyhouse.core.phi import PhiLevel
from keyhouse.core.principal import Principal


def capabilities(rights: Rights, folder: Folder) -> dict[str, bool]:
    """Tell what a user may do in a folder, by the names of the wire."""
    held = rights.permissions_in(folder.id)
    update, delete = Permission.UPDATE in held, Permission.DELETE in held
    return {
        "canInsert": Permission.INSERT in held,
        "canUpdate": update,
        "canUpdateOwn": update,
        "canDelete": delete,
        "canDeleteOwn": delete,
        "isAdmin": Permission.ADMIN in held,
    }


def user_object(principal: Principal, rights: Rights, folder: Folder, phi_level: PhiLevel) -> dict[str, Any]:
    """Return all that the client libraries know of the signed-in user; `phi_level` is what they see in the folder."""
    is_site_admin = Role.SITE_ADMINISTRATOR in rights.roles_in(1)
    return {
        "id": principal.id,
        "displayName": principal.display_name,
        "email": principal.email,
        **capabilities(rights, folder),
        "isRootAdmin": rights.may(Permission.ADMIN),
        "isSystemAdmin": is_site_admin,
        "canImpersonateSiteRoles": is_site_admin,
        "isGuest": principal.is_guest,
        "isSignedIn": not principal.is_guest,
        "isDeveloper": False,
        "isAnalyst": False,
        "isTrusted": False,
        "isSystem": False,
        "maxAllowedPhi": phi_level.wire_name,
    }
