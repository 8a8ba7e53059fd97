"""API keys that are suspended: where a folder demands a declaration that was not made for them, or has lapsed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from keyhouse.authz.models import Folder
from keyhouse.compliance.declaring import Declared, lacking
from keyhouse.core.permissions import Permission
from keyhouse.declarations.fetch import Everywhere
from keyhouse.declarations.kept import declared_of
from keyhouse.declarations.models import Declaration, FolderDemand, Terms
from keyhouse.keys.models import ApiKey
from keyhouse.web.call import Call

_MOST = 3


@dataclass(frozen=True)
class Suspension:
    """One folder in which a key is suspended; the URL leads to the declaration that is needed."""

    where: str
    url: str


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
    folders = list(_demanding_folders(call, demanded))
    made = in_force(keys, [folder.id for folder in folders])
    found: dict[int, list[Suspension]] = defaultdict(list)
    for key in keys:
        for folder in folders:
            if lacking(demanded.demanded_in(folder).demand, made.get((key.pk, folder.id)), now):
                found[key.pk].append(_suspension(call, key, folder))
    return {number: Suspensions(tuple(each[:_MOST]), max(len(each) - _MOST, 0)) for number, each in found.items()}


def _demanding_folders(call: Call, demanded: Everywhere) -> Iterator[Folder]:
    """Find the folders that declarations belong to and that the caller may read; the root is everybody's."""
    own = Q(id__in=FolderDemand.objects.values("folder_id")) | Q(id__in=Terms.objects.values("folder_id"))
    readable = call.rights.folders_with(Permission.READ)
    for folder in Folder.objects.filter(own).order_by("lower_path"):
        there = demanded.demanded_in(folder)
        if (folder.is_root or folder.id in readable) and there.scope_id == folder.id and not there.demand.is_nothing:
            yield folder


def in_force(keys: Iterable[ApiKey], scope_ids: Iterable[int]) -> Mapping[tuple[int, int], Declared]:
    """Return the declarations in force of API keys, by the row numbers of key and folder."""
    rows = Declaration.objects.filter(key__in=keys, scope_id__in=scope_ids).order_by("version", "id")
    return {(row.key_id or 0, row.scope_id): declared_of(row) for row in rows}


def _suspension(call: Call, key: ApiKey, folder: Folder) -> Suspension:
    url = call.url("login-declare.view", folder.path, keyId=key.key_id)
    return Suspension("" if folder.is_root else folder.path, url)
