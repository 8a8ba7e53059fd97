"""Who may impersonate whom or what, and what may be done meanwhile (labkey-server.md, section 6.2).

Nobody gains by it: short of a Site Administrator, who may give any role to anyone, the rights of an impersonation never
exceed the administrator's own. Asked anew on each request, so that a right that is lost ends what hung on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keyhouse.accounts.groups import members_below
from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID, Group, User
from keyhouse.authz.holders import groups_around
from keyhouse.authz.models import ROOT_ID, Folder, RoleAssignment
from keyhouse.authz.policies import project_of
from keyhouse.authz.rights import Rights, rights_of, rights_of_group, rights_of_member
from keyhouse.core.impersonation import Guise, Impersonation
from keyhouse.core.permissions import ROLES_THAT_HOLD_EVERYWHERE, Permission, Role
from keyhouse.core.principal import Principal

YOURSELF = "Can't impersonate yourself"
THIS_USER = "Can't impersonate this user"
THIS_GROUP = "You are not allowed to impersonate this group"
SITE_ROLES = "You are not allowed to impersonate site roles"
IN_PROJECT = "You are not allowed to impersonate a role in this project"
MIXED = "You are not allowed to impersonate site roles and project roles at the same time"
NOT_YOURS_TO_GIVE = "You are not allowed to impersonate a role that you may not give to others: "


class MayNotImpersonate(Exception):
    """The administrator may not impersonate this; the text says so in the words that clients know."""


@dataclass(frozen=True)
class Administrator:
    """Somebody who wants to act as somebody else, with their own rights.

    `project` is the one to which they are confined; None where they administer the whole site.
    """

    principal: Principal
    own: Rights
    project: Folder | None

    @property
    def is_everywhere(self) -> bool:
        """Tell whether they administer the whole site."""
        return bool(self.own.roles_in(ROOT_ID) & ROLES_THAT_HOLD_EVERYWHERE)

    @property
    def may_give_any_role(self) -> bool:
        """Tell whether this is a Site Administrator."""
        return self.own.may(Permission.ADMIN_OPERATIONS)

    @property
    def may_impersonate(self) -> bool:
        """Tell whether they may impersonate anything; an administrator of a folder may not."""
        if self.project is None:
            return self.is_everywhere
        return self.is_everywhere or Role.PROJECT_ADMINISTRATOR in self.own.roles_in(self.project.id)

    def check_user(self, user: User) -> None:
        """Raise `MayNotImpersonate` where this user may not be impersonated."""
        if user.id == self.principal.id:
            raise MayNotImpersonate(YOURSELF)
        if not user.is_active or not self.may_impersonate:
            raise MayNotImpersonate(THIS_USER)
        if self.project is not None and user.id not in users_of(self.project):
            raise MayNotImpersonate(THIS_USER)

    def check_group(self, group: Group) -> None:
        """Raise `MayNotImpersonate` where this group may not be impersonated."""
        if not self.may_impersonate or not self._may_take(group, groups_around().get(self.principal.id, set())):
            raise MayNotImpersonate(THIS_GROUP)

    def _may_take(self, group: Group, belongs_to: set[int]) -> bool:
        # Who wants to see what guests see signs out.
        if group.id == GUESTS_ID or (is_privileged(group) and not self.may_give_any_role):
            return False
        if self.project is None:
            return True
        if group.project is not None:
            return group.project == self.project.entity_id
        return group.id == ALL_SITE_USERS_ID or group.id in belongs_to

    def check_roles(self, roles: Sequence[Role]) -> None:
        """Raise `MayNotImpersonate` where these roles may not be impersonated."""
        of_site = [role for role in roles if role.is_site_role]
        if of_site and not all(self._may_take_role(role) for role in of_site):
            raise MayNotImpersonate(SITE_ROLES)
        if not self.may_impersonate:
            raise MayNotImpersonate(IN_PROJECT)
        if of_site and len(of_site) < len(roles):
            raise MayNotImpersonate(MIXED)
        for role in roles:
            if not self._may_take_role(role):
                raise MayNotImpersonate(NOT_YOURS_TO_GIVE + role.value)

    def _may_take_role(self, role: Role) -> bool:
        if role.is_site_role and not (self.project is None and self.is_everywhere):
            return False
        place = self.project.id if self.project is not None else ROOT_ID
        return self.may_give_any_role or role.permissions <= self.own.permissions_in(place)

    def users(self) -> list[User]:
        """Return the users whom they may choose from; those who are deactivated cannot be impersonated."""
        if not self.may_impersonate:
            return []
        users = User.objects.exclude(id=self.principal.id).order_by("email")
        return list(users if self.project is None else users.filter(id__in=users_of(self.project)))

    def groups(self) -> list[Group]:
        """Return the groups that they may impersonate: the site's, then the project's."""
        if not self.may_impersonate:
            return []
        belongs_to = groups_around().get(self.principal.id, set())
        groups = Group.objects.order_by("project", "id")
        of_site = [group for group in groups if group.project is None and self._may_take(group, belongs_to)]
        others = [group for group in groups if group.project is not None and self._may_take(group, belongs_to)]
        return of_site + others

    def roles(self) -> list[Role]:
        """Return the roles that they may impersonate."""
        return [role for role in Role if self.may_impersonate and self._may_take_role(role)]


def administrator_in(principal: Principal, folder: Folder) -> Administrator:
    """Return who would impersonate from a folder: who does not administer the whole site is confined to its project."""
    found = Administrator(principal, rights_of(principal), None)
    return found if found.is_everywhere else Administrator(principal, found.own, project_of(folder))


def acting_as(impersonation: Impersonation) -> Principal | None:
    """Return who acts under an impersonation, or None where it may not go on."""
    behind = _behind(impersonation)
    if behind is None:
        return None
    try:
        return _acting(behind, impersonation)
    except MayNotImpersonate:
        return None


def _acting(behind: Administrator, impersonation: Impersonation) -> Principal | None:
    if impersonation.guise is Guise.ROLES:
        behind.check_roles(impersonation.roles)
        return behind.principal
    if impersonation.guise is Guise.GROUP:
        group = Group.objects.filter(id=impersonation.target_id or 0).first()
        if group is None:
            return None
        behind.check_group(group)
        return behind.principal
    user = User.objects.filter(id=impersonation.target_id or 0).first()
    if user is None:
        return None
    behind.check_user(user)
    return Principal(user.id, user.email, user.display_name)


def _behind(impersonation: Impersonation) -> Administrator | None:
    own = rights_of(impersonation.administrator)
    if impersonation.project_id is None:
        return Administrator(impersonation.administrator, own, None)
    project = Folder.objects.filter(id=impersonation.project_id).first()
    if project is None or not project.is_project:
        return None
    return Administrator(impersonation.administrator, own, project)


def rights_acting(principal: Principal, impersonation: Impersonation | None) -> Rights:
    """Return what may be done by this principal, at this moment, under the impersonation that goes on, if any."""
    if impersonation is None:
        return rights_of(principal)
    own = rights_of(impersonation.administrator)
    taken = _taken(principal, impersonation)
    if not own.may(Permission.ADMIN_OPERATIONS):
        taken = taken.within(own)
    return taken if impersonation.project_id is None else taken.only_in(_project_tree(impersonation.project_id))


def _taken(principal: Principal, impersonation: Impersonation) -> Rights:
    if impersonation.guise is Guise.USER:
        return rights_of(principal)
    if impersonation.guise is Guise.GROUP:
        return rights_of_member(impersonation.target_id or GUESTS_ID)
    return _with_roles(frozenset(impersonation.roles))


def _with_roles(roles: frozenset[Role]) -> Rights:
    """Return exactly these roles in all folders; one of the site in the root, and everywhere where it holds there."""
    below = frozenset(role for role in roles if not role.is_site_role or role in ROLES_THAT_HOLD_EVERYWHERE)
    held = dict.fromkeys(Folder.objects.values_list("id", flat=True), below)
    return Rights(held | {ROOT_ID: roles})


def _project_tree(project_id: int) -> frozenset[int]:
    children: dict[int | None, list[int]] = {}
    for folder_id, parent_id in Folder.objects.values_list("id", "parent_id"):
        children.setdefault(parent_id, []).append(folder_id)
    found, waiting = {project_id}, [project_id]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting.extend(below)
    return frozenset(found)


def users_of(project: Folder) -> frozenset[int]:
    """Return the ids of the users of a project: who has a role in it, or belongs to one of its groups.

    What everybody has, because they have signed in, makes nobody a user of a project.
    """
    inside = RoleAssignment.objects.filter(folder_id__in=_project_tree(project.id))
    holders = set(inside.values_list("principal_id", flat=True)) - {ALL_SITE_USERS_ID, GUESTS_ID}
    holders |= set(Group.objects.filter(project=project.entity_id).values_list("id", flat=True))
    found = set(holders)
    for holder in holders:
        found |= members_below(holder)
    return frozenset(found)


def is_privileged(group: Group) -> bool:
    """Tell whether a group has the rights of a Site Administrator."""
    return Role.SITE_ADMINISTRATOR in rights_of_group(group.id).roles_in(ROOT_ID)
