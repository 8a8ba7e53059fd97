"""Container filters: rows of which folders a request means, seen from its own (client-api.md, section 8.1).

Whatever a filter says, only folders that the caller may read are meant.
"""

from collections.abc import Callable, Iterator

from keyhouse.authz.models import ROOT_ID, Folder
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

SHARED = "/shared"


class _Tree:
    """The folders as seen from one of them."""

    def __init__(self, here: Folder) -> None:
        self.folders = list(Folder.objects.only("id", "parent_id", "path", "lower_path", "entity_id"))
        self.here = here

    def itself(self) -> Iterator[Folder]:
        yield self.here

    def below(self) -> Iterator[Folder]:
        return self._under(self.here)

    def children(self) -> Iterator[Folder]:
        return (folder for folder in self.folders if folder.parent_id == self.here.id)

    def above(self) -> Iterator[Folder]:
        """The folders on the way up to the project; the root holds nothing but projects."""
        path = self.here.lower_path
        return (folder for folder in self.folders if not folder.is_root and path.startswith(folder.lower_path + "/"))

    def project(self) -> Iterator[Folder]:
        name = "/" + self.here.lower_path.split("/")[1]
        return (folder for folder in self.folders if folder.parent_id == ROOT_ID and folder.lower_path == name)

    def whole_project(self) -> Iterator[Folder]:
        for project in self.project():
            yield project
            yield from self._under(project)

    def shared(self) -> Iterator[Folder]:
        return (folder for folder in self.folders if folder.lower_path == SHARED)

    def everywhere(self) -> Iterator[Folder]:
        yield from self.folders

    def _under(self, top: Folder) -> Iterator[Folder]:
        start = top.lower_path.rstrip("/") + "/"
        return (each for each in self.folders if each.id != top.id and each.lower_path.startswith(start))


Part = Callable[[_Tree], Iterator[Folder]]
FILTERS: dict[str, tuple[Part, ...]] = {
    "current": (_Tree.itself,),
    "currentandsubfolders": (_Tree.itself, _Tree.below),
    "currentandfirstchildren": (_Tree.itself, _Tree.children),
    "currentandparents": (_Tree.itself, _Tree.above),
    "currentandsubfoldersplusshared": (_Tree.itself, _Tree.below, _Tree.shared),
    "currentplusproject": (_Tree.itself, _Tree.project),
    "currentplusprojectandshared": (_Tree.itself, _Tree.project, _Tree.shared),
    "allinproject": (_Tree.itself, _Tree.whole_project),
    "allinprojectplusshared": (_Tree.itself, _Tree.whole_project, _Tree.shared),
    "allfolders": (_Tree.everywhere,),
}


def folders_meant(call: Call, container_filter: str) -> tuple[str, ...] | None:
    """Return the entity ids of the folders that a container filter means to this caller; None where there is none.

    Raises `BadRequest` for a filter that is not known.
    """
    if not container_filter:
        return None
    parts = FILTERS.get(container_filter.lower())
    if parts is None:
        raise BadRequest("'containerFilter' parameter is not valid")
    if parts == (_Tree.itself,):
        return (str(call.folder.entity_id),) if call.may_read_data(call.folder) else ()
    tree = _Tree(call.folder)
    meant = {folder.id: folder for part in parts for folder in part(tree)}
    readable = [folder for folder in meant.values() if call.may_read_data(folder)]
    for folder in readable:
        call.in_folder(folder).visit()
    return tuple(str(folder.entity_id) for folder in readable)
