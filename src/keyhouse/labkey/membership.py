"""The groups to which somebody belongs, as one folder sees them."""

from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID, Group
from keyhouse.authz.holders import groups_around
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import project_of
from keyhouse.core.decision import Principal


def groups_of(principal: Principal, folder: Folder) -> list[Group]:
    """Return the groups of a user, also through other groups: the site's, and those of the folder's project."""
    belongs = {GUESTS_ID}
    if not principal.is_guest:
        belongs |= {ALL_SITE_USERS_ID, *groups_around().get(principal.id, ())}
    return in_sight(belongs, folder)


def groups_of_group(group: Group, folder: Folder) -> list[Group]:
    """Return the groups in which a group is a member."""
    return in_sight(groups_around().get(group.id, set()) - {group.id}, folder)


def in_sight(group_ids: set[int], folder: Folder) -> list[Group]:
    """Return those groups that belong to the site or to the folder's project."""
    project = project_of(folder)
    found = Group.objects.filter(id__in=group_ids).order_by("id")
    return [group for group in found if group.project is None or (project and group.project == project.entity_id)]
