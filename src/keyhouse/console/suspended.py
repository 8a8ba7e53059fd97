"""API keys that are suspended: where a folder demands a declaration that was not made for them, or has lapsed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from keyhouse.authz.models import Folder
from keyhouse.compliance.declaring import Declared, Item, lacking
from keyhouse.core.assurance import Assurance
from keyhouse.core.permissions import Permission
from keyhouse.declarations.fetch import Demanded, Everywhere
from keyhouse.declarations.kept import declared_of
from keyhouse.declarations.models import Declaration, FolderDemand, Terms
from keyhouse.keys.models import ApiKey
from keyhouse.web.call import Call

_MOST = 3


@dataclass(frozen=True)
class Suspension:
    """One folder in which a key is suspended; the URL leads to the declaration that is needed.

    Where `needs_new_key`, its maker had not signed in surely enough for the folder.
    """

    where: str
    url: str
    needs_new_key: bool = False


@dataclass(frozen=True)
class Suspensions:
    """Where a key is suspended: some folders, and how many more."""

    shown: tuple[Suspension, ...]
    more: int


def suspensions(call: Call, keys: Sequence[ApiKey]) -> dict[int, Suspensions]:
    """Tell by their row numbers which of these keys of the caller are suspended, and where."""
    if not keys:
        return {}
    demanded, now = Everywhere(), call.site.clock()
    places = list(_demanding_places(call, demanded))
    made = in_force(keys, {there.scope_id for _folder, there in places})
    found: dict[int, list[Suspension]] = defaultdict(list)
    for key in keys:
        for folder, there in places:
            if lacks := lacking(there.demand, made.get((key.pk, there.scope_id)), assurance_of(key), now):
                found[key.pk].append(_suspension(call, key, folder, lacks))
    return {number: Suspensions(tuple(each[:_MOST]), max(len(each) - _MOST, 0)) for number, each in found.items()}


def assurance_of(key: ApiKey) -> Assurance:
    """Return how surely the person had signed in who issued a key."""
    return Assurance(key.assurance or 0)


def _demanding_places(call: Call, demanded: Everywhere) -> Iterator[tuple[Folder, Demanded]]:
    """Find the folders that demand something themselves and that the caller may read; the root is everybody's."""
    own = Q(id__in=FolderDemand.objects.values("folder_id")) | Q(id__in=Terms.objects.values("folder_id"))
    readable = call.rights.folders_with(Permission.READ)
    with_level = set(FolderDemand.objects.filter(assurance__gt=0).values_list("folder_id", flat=True))
    for folder in Folder.objects.filter(own).order_by("lower_path"):
        there = demanded.demanded_in(folder)
        is_own = there.scope_id == folder.id or folder.id in with_level
        if (folder.is_root or folder.id in readable) and is_own and not there.demand.is_nothing:
            yield folder, there


def in_force(keys: Iterable[ApiKey], scope_ids: Iterable[int]) -> Mapping[tuple[int, int], Declared]:
    """Return the declarations in force of API keys, by the row numbers of key and folder."""
    rows = Declaration.objects.filter(key__in=keys, scope_id__in=scope_ids).order_by("version", "id")
    return {(row.key_id or 0, row.scope_id): declared_of(row) for row in rows}


def _suspension(call: Call, key: ApiKey, folder: Folder, lacks: frozenset[Item]) -> Suspension:
    url = call.url("login-declare.view", folder.path, keyId=key.key_id)
    return Suspension("" if folder.is_root else folder.path, url, Item.SIGN_IN_LEVEL in lacks)
