"""A folder's page: its data, and the folders in it that one may see."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpResponse

from keyhouse.authz.models import Folder
from keyhouse.console.show import show
from keyhouse.core.permissions import Permission
from keyhouse.data import Source, SourceError, SourceTable
from keyhouse.schemas.errors import wire_error
from keyhouse.schemas.find import schemas_of
from keyhouse.schemas.lists import ListsSchema
from keyhouse.schemas.phi import seen
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import WireError

actions = ActionTable()
_REST = "The other data of this site can be used. If it lasts, tell an administrator."


@dataclass(frozen=True)
class Tile:
    """One thing to open."""

    url: str
    title: str
    description: str


@dataclass(frozen=True)
class SourceCard:
    """One attached database with its tables, or what is wrong with it."""

    name: str
    tables: list[Tile]
    problem: str = ""


@actions.add("project-begin", "project-start", methods=["GET"], is_page=True)
def begin(call: Call) -> HttpResponse:
    """Show what the caller may see in this folder."""
    may_read = call.may(Permission.READ)
    folders = list(_folders(call))
    is_entrance = call.folder.is_root or call.folder.lower_path == "/home"
    if not (folders or is_entrance or call.may(Permission.ADMIN)):
        call.require(Permission.READ)
    return show(
        call,
        "folder.html",
        call.folder.title or call.folder.name or call.settings.site_name,
        is_folder_page=not call.folder.is_root,
        folder=call.folder,
        folders=folders,
        sources=[*_lists(call), *_sources(call)] if may_read else [],
        queries=list(_queries(call)) if may_read else [],
        new_queries=_new_queries(call) if may_read and call.may(Permission.ADMIN) else [],
        manage_links=_manage_links(call) if call.may(Permission.ADMIN) else [],
    )


def _manage_links(call: Call) -> list[tuple[str, str, str]]:
    """Return the icon, title and URL of each page on which this folder is managed."""
    terms = [("list", "Terms of use", call.url("admin-termsOfUse.view"))] if call.folder.is_project else []
    return [
        ("shield", "Permissions", call.url("security-permissions.view")),
        ("lock", "What this folder demands", call.url("admin-folderDemands.view")),
        ("lock", "PHI of columns", call.url("admin-phiMarks.view")),
        *terms,
    ]


def _folders(call: Call) -> Iterable[Tile]:
    visible = call.rights.folders_with(Permission.READ) | call.rights.folders_with(Permission.ADMIN)
    # On the way to a folder that one may see, the folders above it show by name.
    paths = list(Folder.objects.filter(id__in=visible).values_list("lower_path", flat=True))
    at_home = call.folder.lower_path == "/home"
    children = Folder.objects.filter(parent=call.folder) | (_projects() if at_home else Folder.objects.none())
    for child in children.order_by("lower_path"):
        if any(path == child.lower_path or path.startswith(child.lower_path + "/") for path in paths):
            yield Tile(call.url("project-begin.view", child.path), child.title or child.name, child.description)


def _projects() -> QuerySet[Folder]:
    return Folder.objects.filter(parent__parent=None, parent__isnull=False).exclude(lower_path="/home")


def _lists(call: Call) -> Iterable[SourceCard]:
    schema = ListsSchema(call)
    try:
        tables = [Tile(_grid_url(call, schema.name, each.name), each.title, _facts(each)) for each in schema.tables()]
    except WireError as error:
        yield SourceCard(schema.name, [], f"{error.text} The other data of this site can be used.")
        return
    if tables:
        yield SourceCard(schema.name, tables)


def _sources(call: Call) -> Iterable[SourceCard]:
    for spec in call.site.registry.specs(call.folder.path):
        try:
            yield _card(call, call.site.registry.source_of(spec))
        except SourceError as error:
            problem = wire_error(call, error).text
            yield SourceCard(spec.name, [], f"{problem} The other data of this site can be used.")


def _queries(call: Call) -> Iterable[Tile]:
    for schema in schemas_of(call):
        for row in call.site.saved_queries.of(call.folder, schema.name, call.caller):
            if not row.is_hidden:
                words = f"{row.description} · in {schema.name}" if row.description else f"In {schema.name}"
                yield Tile(_grid_url(call, schema.name, row.name), row.title or row.name, words)


def _new_queries(call: Call) -> list[Tile]:
    urls = {schema.name: call.url("query-newQuery.view", schemaName=schema.name) for schema in schemas_of(call)}
    return [Tile(url, name, "") for name, url in urls.items()]


def _card(call: Call, source: Source) -> SourceCard:
    found = (seen(call, source.name, each) for each in source.tables())
    tables = [Tile(_grid_url(call, source.name, each.name), each.title, _facts(each)) for each in found if each]
    return SourceCard(source.name, tables)


def _grid_url(call: Call, schema: str, table: str) -> str:
    return call.url("query-executeQuery.view", **{"schemaName": schema, "query.queryName": table})


def _facts(table: SourceTable) -> str:
    count = sum(not column.hidden for column in table.columns)
    columns = f"{count} column{'s' if count != 1 else ''}"
    return f"{table.description} · {columns}" if table.description else columns
