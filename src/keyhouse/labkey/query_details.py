"""The controller ``query``, one table in detail (client-api.md, sections 8.7 and 11)."""

from collections.abc import Iterator, Sequence
from typing import Any

from keyhouse.authz.models import Folder
from keyhouse.core.permissions import Permission
from keyhouse.data import Column, Table
from keyhouse.data.lookups import title_column
from keyhouse.labkey.access import enter
from keyhouse.labkey.column_metadata import is_writable
from keyhouse.labkey.containers import Tree, Wanted
from keyhouse.labkey.list_details import details_of_list
from keyhouse.labkey.query_properties import common, data_url
from keyhouse.labkey.query_views import describer_of
from keyhouse.labkey.select_request import required
from keyhouse.labkey.table_fields import Fields
from keyhouse.labkey.view_description import ViewDescriber
from keyhouse.queries.models import SavedQuery
from keyhouse.queries.names import Subject, lineage
from keyhouse.queries.views import View
from keyhouse.schemas.custom_views import views_of
from keyhouse.schemas.find import find_schema
from keyhouse.schemas.query_saving import may_edit
from keyhouse.schemas.saved import SavedTable
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

actions = ActionTable()


@actions.add("query-getQueryDetails", is_csrf_exempt=True)
def get_query_details(call: Call) -> dict[str, Any]:
    """Describe one table and its columns; the flags that the Java client needs are all there."""
    schema_name = required(call.parameters, "schemaName", "query.schemaName")
    query_name = required(call.parameters, "queryName", "query.queryName")
    enter(call, schema_name, query_name)
    subject, table = _located(call, schema_name, query_name)
    saved = table.row if isinstance(table, SavedTable) else None
    if isinstance(table, SavedTable) and table.problem:
        # On purpose without what is not known, and with `exception` in an answer of 200: clients expect it so (6.2).
        return {**_first(call, subject, table, saved), "exception": table.problem}
    return {**_first(call, subject, table, saved), **_rest(call, subject, table)}


def _located(call: Call, schema_name: str, query_name: str) -> tuple[Subject, Table]:
    schema = find_schema(call, schema_name)
    if schema is None:
        raise NotFound(f"Could not find the schema '{schema_name[:255]}' in the folder '{call.folder.path}'!")
    table = schema.table(query_name)
    if table is None:
        raise NotFound(f"Could not find the query '{query_name[:255]}' in the schema '{schema.name}'!")
    return Subject(call.folder, schema.name, table.name), table


def _first(call: Call, subject: Subject, table: Table, saved: SavedQuery | None) -> dict[str, Any]:
    return {
        **common(call, subject.schema, table, saved),
        "schemaName": subject.schema,
        "canDelete": saved is not None and may_edit(call, saved),
        "isTemporary": saved is not None and bool(saved.bound_to),
    }


def _rest(call: Call, subject: Subject, table: Table) -> dict[str, Any]:
    fields = Fields(call, table)
    foreign_key = call.parameters.text("fk").strip()
    shown = fields.target(foreign_key) if foreign_key else table
    title = title_column(shown)
    described = {
        **({"description": shown.description} if shown.description else {}),
        "titleColumn": title.name if title else None,
        "supportMerge": False,
        "supportGroupConcatSubSelect": False,
        "auditHistoryUrl": None,
        **_urls(call, subject, shown),
        "importTemplates": [],
        "columns": list(_columns(call, fields, shown, foreign_key)),
        "indices": _indices(shown),
        **details_of_list(shown),
    }
    return described if foreign_key else described | _views_of(call, subject, table, fields)


def _columns(call: Call, fields: Fields, shown: Table, foreign_key: str) -> Iterator[dict[str, Any]]:
    """Describe a table's own columns, then those of parameter `fields`; through `fk`, with its name before theirs."""
    if foreign_key:
        target = Fields(call, shown)
        for column in shown.columns:
            described = target.detailed(column)
            yield {**described, "name": f"{foreign_key}/{described['fieldKeyPath']}"}
        return
    named = {column.name: column for column in shown.columns}
    named |= {column.name: column for column in _added(call, fields)}
    yield from (fields.detailed(column) for column in named.values())


def _added(call: Call, fields: Fields) -> Iterator[Column]:
    texts = [value for value in call.parameters.all("fields") if isinstance(value, str)]
    for name in (part.strip() for text in texts for part in text.split(",")):
        if name and (column := fields.find(name)) is not None:
            yield column


def _urls(call: Call, subject: Subject, table: Table) -> dict[str, str | None]:
    """Return the pages to insert rows by hand and from a file: for who may, and where this site has such pages."""
    may_insert = is_writable(table) and call.may(Permission.INSERT)
    pages = {"importUrl": "query-importData", "insertUrl": "query-insertQueryRow"}
    return {
        member: data_url(call, subject.schema, subject.query, f"{page}.view")
        if may_insert and call.site.actions.find(page.lower())
        else None
        for member, page in pages.items()
    }


def _indices(table: Table) -> dict[str, Any]:
    keys = [column.name for column in table.columns if column.key]
    return {"primary": {"type": "Primary", "columns": keys}} if keys else {}


def _views_of(call: Call, subject: Subject, table: Table, fields: Fields) -> dict[str, Any]:
    views = views_of(call, subject.schema, subject.query)
    describer = describer_of(call, subject, table, views, fields.detailed)
    return {
        "defaultView": {"columns": [fields.detailed(column) for column in _shown(describer, table)]},
        "views": list(_views(call, views, describer)),
        "targetContainers": list(_targets(call)),
    }


def _shown(describer: ViewDescriber, table: Table) -> Iterator[Column]:
    if describer.default is None:
        yield from (column for column in table.columns if not column.hidden)
        return
    found = (describer.find(each.field_key) for each in describer.default.definition.columns)
    yield from (column for column in found if column is not None)


def _views(call: Call, found: Sequence[View], describer: ViewDescriber) -> Iterator[dict[str, Any]]:
    """Describe the default view, and those that `viewName` names; `*` names all."""
    views = {view.row.name_key: view for view in found}
    names = {"": ""} | {name.casefold(): name for name in _names(call)}
    if "*" in names:
        names = {"": ""} | {key: view.name for key, view in views.items()}
    makes_missing = call.parameters.flag("initializeMissingView")
    for key, name in names.items():
        view: View | None = views.get(key)
        if view is not None:
            yield describer.of(view, has_fields=True)
        elif not key or makes_missing:
            yield describer.untouched(has_fields=True, name=name, is_missing=True)


def _names(call: Call) -> Iterator[str]:
    for value in call.parameters.all("viewName"):
        if isinstance(value, str):
            yield value.strip()


def _targets(call: Call) -> Iterator[dict[str, Any]]:
    """Describe the folders in which a view can be kept: this one and those above it, as far as one may read them."""
    paths = lineage(call.folder)
    folders = sorted(Folder.objects.filter(lower_path__in=paths), key=lambda each: paths.index(each.lower_path))
    tree = Tree(folders, call.rights, call.context_path)
    wanted = Wanted(depth=0, has_permissions=True, has_standard_properties=True, has_module_properties=False)
    for folder in folders:
        if not folder.is_root and call.may(Permission.READ, folder):
            yield {**tree.container(folder, wanted), "canEditSharedViews": call.may(Permission.UPDATE, folder)}
