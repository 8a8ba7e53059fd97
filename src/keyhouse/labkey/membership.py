"""The groups to which somebody belongs, as one folder sees them."""

from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID, Group
from keyhouse.authz.holders import groups_around
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import project_of
from keyhouse.core.principal import Principal


class Belonging:
    """Who belongs where at one moment: read once, asked for each folder and group of an answer."""

    def __init__(self) -> None:
        self._around = groups_around()
        self._groups = {group.id: group for group in Group.objects.order_by("id")}

    def of(self, principal: Principal, folder: Folder) -> list[Group]:
        """Return the groups of a user, also through other groups: the site's, and those of the folder's project."""
        belongs = {GUESTS_ID}
        if not principal.is_guest:
            belongs |= {ALL_SITE_USERS_ID, *self._around.get(principal.id, ())}
        return self._in_sight(belongs, folder)

    def acting_as(self, group_id: int | None, folder: Folder) -> list[Group]:
        """Return the groups of who acts as a member of this one, and as everybody who has signed in."""
        acting = {group_id} if group_id is not None else set()
        return self._in_sight({GUESTS_ID, ALL_SITE_USERS_ID} | acting | self._around.get(group_id or 0, set()), folder)

    def of_group(self, group: Group, folder: Folder) -> list[Group]:
        """Return the groups in which a group is a member."""
        return self._in_sight(self._around.get(group.id, set()) - {group.id}, folder)

    def _in_sight(self, group_ids: set[int], folder: Folder) -> list[Group]:
        if not group_ids:
            return []
        project = project_of(folder)
        found = [group for group_id, group in self._groups.items() if group_id in group_ids]
        return [group for group in found if group.project is None or (project and group.project == project.entity_id)]
