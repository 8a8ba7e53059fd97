"""The schema ``lists`` of a folder: its own lists, its project's and those of /Shared, where they may be read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from keyhouse.authz.models import Folder
from keyhouse.data import SourceTable, Table
from keyhouse.data.managed import ManagedDatabase, ManagedTable
from keyhouse.lists.find import design_named, designs_in, fields_of, homes_of
from keyhouse.lists.models import ListDesign
from keyhouse.lists.tables import table_of
from keyhouse.schemas.errors import told
from keyhouse.schemas.phi import seen
from keyhouse.schemas.saved import SavedTable, saved_table
from keyhouse.web.call import Call

SCHEMA = "lists"


class ListTable(SourceTable):
    """The rows of a list in some folders; `design` is what it was designed as."""

    def __init__(
        self, database: ManagedDatabase, managed: ManagedTable, folders: tuple[str, ...], design: ListDesign
    ) -> None:
        super().__init__(database.source, managed.shape, None, folders)
        self.design = design


@dataclass(frozen=True)
class ListsSchema:
    """The lists that a folder shows. Rows are those of `folders`, by default of the folder of the call alone."""

    call: Call
    folders: tuple[str, ...] | None = None
    name: str = SCHEMA
    description: str = "Lists of this folder, of its project and of /Shared"

    def tables(self) -> Sequence[ListTable]:
        """Return all lists."""
        return [self._table(design) for design in designs_in(self.homes)]

    def table(self, name: str) -> ListTable | SavedTable | None:
        """Find a list; a list of this folder hides one of the project or of /Shared with the same name."""
        design = design_named(name, self.homes)
        return self._table(design) if design else saved_table(self.call, self.name, name, self.folders)

    @cached_property
    def homes(self) -> list[Folder]:
        """The folders whose lists are shown."""
        return readable_homes(self.call)

    def _table(self, design: ListDesign) -> ListTable:
        # Never None: a list without a choice of folders would show the rows of every folder.
        folders = (str(self.call.folder.entity_id),) if self.folders is None else self.folders
        lists = self.call.site.lists
        with told(self.call):
            lists.settle(design)
            managed = table_of(design, fields_of(design))
            table = seen(
                self.call, self.name, ListTable(lists.database, managed, folders, design), design.folder, folders
            )
            assert table is not None, "a list always has its standard columns"
            return table


def readable_homes(call: Call) -> list[Folder]:
    """Return the folders whose lists the folder of a call shows, as far as the caller may read them."""
    return [folder for folder in homes_of(call.folder) if call.may_read_data(folder)]


def placed(table: Table, call: Call) -> Table:
    """Let the lookups of a list in another folder lead on from there; `call` is one from that folder."""
    if isinstance(table, ListTable):
        here = str(call.folder.entity_id)
        table.columns = tuple(
            replace(each, lookup=replace(each.lookup, container=each.lookup.container or here)) if each.lookup else each
            for each in table.columns
        )
    return table
