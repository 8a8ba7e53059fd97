"""Find designs: a folder shows its own lists, those of its project and those of /Shared, where they may be read."""

from collections.abc import Collection, Sequence

from keyhouse.authz.models import Folder
from keyhouse.lists.models import ListDesign, ListField

SHARED = "/shared"


def folded(name: str) -> str:
    """Return a name as it is compared: letter case does not count."""
    return name.casefold()


def homes_of(folder: Folder) -> list[Folder]:
    """Return the folders whose lists a folder shows: its own first, then its project's, then /Shared."""
    paths = [folder.lower_path]
    if not folder.is_root:
        paths.append("/" + folder.lower_path.split("/")[1])
    paths.append(SHARED)
    found = {each.lower_path: each for each in Folder.objects.filter(lower_path__in=paths)}
    return [found[path] for path in dict.fromkeys(paths) if path in found]


def designs_in(homes: Sequence[Folder]) -> list[ListDesign]:
    """Return the designs of these folders; of two with the same name the one of the earlier folder."""
    order = {folder.id: place for place, folder in enumerate(homes)}
    known = {folder.id: folder for folder in homes}
    designs = ListDesign.objects.filter(folder_id__in=order).prefetch_related("fields")
    chosen: dict[str, ListDesign] = {}
    for design in sorted(designs, key=lambda each: (order[each.folder_id], each.folded_name)):
        design.folder = known[design.folder_id]
        chosen.setdefault(design.folded_name, design)
    return sorted(chosen.values(), key=lambda each: each.folded_name)


def design_named(name: str, homes: Sequence[Folder]) -> ListDesign | None:
    """Return the design of this name in the first of these folders that has one."""
    order = {folder.id: place for place, folder in enumerate(homes)}
    known = {folder.id: folder for folder in homes}
    found = ListDesign.objects.filter(folder_id__in=order, folded_name=folded(name)).prefetch_related("fields")
    design = min(found, key=lambda each: order[each.folder_id], default=None)
    if design is not None:
        design.folder = known[design.folder_id]
    return design


def design_of_id(design_id: int, folder_ids: Collection[int]) -> ListDesign | None:
    """Return the design of this id if it belongs to one of these folders."""
    designs = ListDesign.objects.select_related("folder").prefetch_related("fields")
    return designs.filter(id=design_id, folder_id__in=folder_ids).first()


def fields_of(design: ListDesign) -> list[ListField]:
    """Return the fields of a design in their order."""
    return sorted(design.fields.all(), key=lambda each: each.position)
