"""The policy of a folder: who has which role in it, by its own assignments and by those that it inherits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from keyhouse.authz.models import ROOT_ID, Folder, RoleAssignment
from keyhouse.core.permissions import ROLES_OF_THE_ROOT, ROLES_THAT_HOLD_EVERYWHERE, Role

_KNOWN = {role.value: role for role in Role}


@dataclass(frozen=True, order=True)
class Assigned:
    """One principal with one role."""

    principal_id: int
    role: Role


@dataclass(frozen=True)
class Policy:
    """What holds in a folder. `folder` is the one whose policy it is: an inherited policy is an ancestor's."""

    folder: Folder
    assigned: frozenset[Assigned]
    changed_at: datetime | None


def policy_of(folder: Folder) -> Policy:
    """Return the policy of a folder: what it inherits is in it, as a client that saves it again breaks inheritance."""
    own = own_assignments(folder)
    lines = list(inherited_from(folder))
    inherited = frozenset(each for above in lines for each in own_assignments(above) if not each.role.is_site_role)
    if not own and inherited:
        nearest = next(above for above in lines if own_assignments(above))
        return Policy(nearest, inherited, nearest.policy_changed_at)
    return Policy(folder, own | inherited, folder.policy_changed_at)


def inherits_policy(folder: Folder) -> bool:
    """Tell whether a folder takes any role over from above."""
    return any(not each.role.is_site_role for above in inherited_from(folder) for each in own_assignments(above)) or (
        folder.inherits and not folder.is_project and not folder.is_root and not own_assignments(folder)
    )


def own_assignments(folder: Folder) -> frozenset[Assigned]:
    """Return what is assigned in this very folder; roles that this version does not know grant nothing."""
    rows = RoleAssignment.objects.filter(folder=folder).values_list("principal_id", "role")
    return frozenset(Assigned(principal_id, _KNOWN[role]) for principal_id, role in rows if role in _KNOWN)


def inherited_again_by(folder: Folder) -> frozenset[Assigned]:
    """Return what would hold in a folder beside its own assignments if it inherited those of its parent."""
    if folder.parent is None:
        return frozenset()
    above = (folder.parent, *inherited_from(folder.parent))
    return frozenset(each for place in above for each in own_assignments(place))


def holding_in(folder: Folder) -> frozenset[Assigned]:
    """Return every assignment that holds in a folder, site roles that hold everywhere among them."""
    everywhere = RoleAssignment.objects.filter(folder_id=ROOT_ID, role__in=ROLES_THAT_HOLD_EVERYWHERE)
    held = {Assigned(each.principal_id, _KNOWN[each.role]) for each in everywhere}
    for place in (folder, *inherited_from(folder)):
        held |= own_assignments(place)
    is_root = folder.id == ROOT_ID
    return frozenset(each for each in held if is_root or each.role not in ROLES_OF_THE_ROOT)


def inherited_from(folder: Folder) -> Iterator[Folder]:
    """Return the folders above from which this one inherits, the nearest first."""
    while folder.inherits and folder.parent is not None:
        folder = folder.parent
        yield folder


def project_of(folder: Folder) -> Folder | None:
    """Return the project in which a folder stands; the root is in none."""
    while not folder.is_root and not folder.is_project:
        assert folder.parent is not None
        folder = folder.parent
    return None if folder.is_root else folder
