"""What LabKey SQL of one caller may speak of: the tables that they may see, here and in folders they may read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db import connection

import keyhouse
from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID
from keyhouse.authz import folders as tree
from keyhouse.authz.models import Folder
from keyhouse.data import Finder, Lookup, SourceTable, Table
from keyhouse.data.sql import Surroundings
from keyhouse.schemas import asking, find
from keyhouse.web.call import Call

_GROUPS = """
WITH RECURSIVE around(id) AS (
    SELECT group_id FROM keyhouse_membership WHERE member_id = %s
    UNION
    SELECT membership.group_id FROM keyhouse_membership membership JOIN around ON membership.member_id = around.id
)
SELECT id FROM around
"""


@dataclass(frozen=True)
class CallCatalog:
    """The tables of one call, seen from its folder. A name alone means a table of `schema_name`.

    `folders` as for `find_schema`; tables of another folder have that folder's rows alone.
    """

    call: Call
    schema_name: str
    folders: tuple[str, ...] | None = None

    def table(self, names: Sequence[str]) -> tuple[Table, "CallCatalog"] | None:
        """Find `query`, `schema.query` or `folder.schema.query`; in a folder that may not be read there is nothing."""
        *path, schema_name, name = names if len(names) > 1 else (self.schema_name, *names)
        catalog = self._in_folder(path) if path else self
        if catalog is None:
            return None
        schema = find.find_schema(catalog.call, schema_name, catalog.folders)
        table = schema.table(name) if schema else None
        if table is None or _is_open(table):
            return None
        catalog.call.visit()
        return table, replace(catalog, schema_name=schema_name)

    def target(self, lookup: Lookup) -> Table | None:
        """Find the table that a lookup leads to."""
        table = self._find(lookup)
        return None if table is None or _is_open(table) else table

    @cached_property
    def _find(self) -> Finder:
        return asking.finder(self.call, self.folders)

    @cached_property
    def surroundings(self) -> Surroundings:
        """What functions such as `USERID()` tell of this call."""
        principal, folder = self.call.principal, self.call.folder
        return Surroundings(
            user_id=principal.id or 0,
            user_name=principal.display_name,
            groups=_groups_of(principal.id),
            folder_name=folder.name,
            folder_path=folder.path,
            context_path=self.call.context_path,
            version=keyhouse.__version__,
            now=self.call.site.clock().replace(tzinfo=None),
        )

    def _in_folder(self, path: Sequence[str]) -> "CallCatalog | None":
        """Open the folder that `/Home/Sub`, `Home."Sub"`, `Project.Sub`, `Folder.Sub` or `Site.Home` names."""
        found = next((folder for text in self._readings(path) if (folder := _folder(text)) is not None), None)
        if found is None or not self.call.may_read_data(found):
            return None
        if found.id == self.call.folder.id:
            return self
        return CallCatalog(self.call.in_folder(found), self.schema_name)

    def _readings(self, path: Sequence[str]) -> Sequence[str]:
        here, first, rest = self.call.folder.path.rstrip("/"), path[0], "/".join(path[1:])
        if first.startswith("/"):
            return ["/".join(path)]
        project = "/".join(here.split("/")[:2])
        roots = {"site": "", "project": project, "folder": here}
        if first.casefold() in roots:
            return [f"{roots[first.casefold()]}/{rest}"]
        return [f"{root}/{'/'.join(path)}" for root in dict.fromkeys((here, project, ""))]


def _is_open(table: Table) -> bool:
    # Rows that belong to folders, without a choice of folders: that is nobody's to read, whoever made it.
    return isinstance(table, SourceTable) and bool(table.shape.container) and table.folders is None


def _folder(path: str) -> Folder | None:
    if not re.search(r"[^/.]", path):
        return tree.root() if not path.strip("/") else None
    try:
        return tree.find(path)
    except tree.FolderNotFound:
        return None


def _groups_of(user_id: int | None) -> frozenset[int]:
    if user_id is None:
        return frozenset({GUESTS_ID})
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, [user_id])
        return frozenset({ALL_SITE_USERS_ID, GUESTS_ID, *(row[0] for row in cursor.fetchall())})
