"""The controller ``query``, custom views: list, save and delete them (client-api.md, section 8.7)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import IntegrityError

from keyhouse.core.permissions import Permission
from keyhouse.data import Table
from keyhouse.labkey.access import enter
from keyhouse.labkey.form_errors import FormError
from keyhouse.labkey.select_request import required
from keyhouse.labkey.table_fields import Fields
from keyhouse.labkey.view_description import Describe, ViewDescriber
from keyhouse.queries import definition
from keyhouse.queries.definition import ViewError
from keyhouse.queries.names import NameRefused, Subject
from keyhouse.queries.views import View
from keyhouse.schemas.custom_views import views_of
from keyhouse.schemas.find import find_schema
from keyhouse.schemas.view_saving import Wish, delete_view, keep_view, may_change, save_view
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound

actions = ActionTable()
_MOST_VIEWS = 100


@actions.add("query-getQueryViews", is_csrf_exempt=True)
def get_query_views(call: Call) -> dict[str, Any]:
    """List the views of a query; the default view is among them though nobody may have saved one."""
    schema_name, query_name = _names(call)
    subject, table = _subject(call, schema_name, query_name)
    has_fields = call.parameters.flag("metadata")
    views = call.site.custom_views.of(subject, call.caller, not call.parameters.flag("excludeSessionView"))
    describer = describer_of(call, subject, table, views)
    return {
        "schemaName": subject.schema,
        "queryName": subject.query,
        "views": list(_described(call, describer, views, has_fields)),
    }


@actions.add("query-saveQueryViews", methods=("POST",), permission=Permission.READ, needs_sign_in=True)
def save_query_views(call: Call) -> dict[str, Any]:
    """Save views, each for oneself, for everybody or for the session; all are read before the first is saved."""
    body = call.parameters.body
    if not body:
        raise NotFound("Empty request")
    subject, table = _subject(call, *_names(call))
    wanted = [_wanted(each, body, f"views[{place}]") for place, each in enumerate(_views(body))]
    try:
        saved = [save_view(call, subject, name, said, wish) for name, said, wish in wanted]
    except (ViewError, NameRefused) as error:
        raise FormError(str(error)) from None
    describer = describer_of(call, subject, table, views_of(call, subject.schema, subject.query))
    return {
        "schemaName": subject.schema,
        "queryName": subject.query,
        "views": [describer.of(view, has_fields=True) for view in saved],
        **({"redirect": _grid_url(call, subject, saved[0].name)} if saved else {}),
    }


@actions.add("query-saveSessionView", methods=("POST",), permission=Permission.READ, needs_sign_in=True)
def save_session_view(call: Call) -> dict[str, Any]:
    """Save a view of the session to stay, perhaps under another name and for everybody."""
    subject, _ = _subject(call, *_names(call))
    name = _view_name(call)
    view = _found(call, subject, name)
    if not view.is_in_session:
        raise BadRequest("This action only supports saving session views.")
    wish = Wish(
        is_shared=call.parameters.flag("shared"),
        is_hidden=call.parameters.flag("hidden"),
        inherits=call.parameters.flag("inherit"),
        may_replace=call.parameters.flag("replace"),
        container_path=call.parameters.text("containerPath"),
    )
    try:
        keep_view(call, subject, view, call.parameters.text("newName").strip(), wish)
    except (ViewError, NameRefused) as error:
        raise FormError(str(error)) from None
    return {"success": True}


@actions.add("query-deleteView", "query-deleteQueryView", methods=("POST",))
def delete_query_view(call: Call) -> dict[str, Any]:
    """Delete a view and name the one that shows in its place; that of a session gives way to the stored one."""
    schema_name, query_name = _names(call)
    subject, _ = _subject(call, schema_name, query_name)
    behind = delete_view(call, subject, _view_name(call), call.parameters.flag("complete"))
    return {"viewName": behind.name or None if behind else None}


@actions.add("query-renameQueryView", methods=("POST",), permission=Permission.READ, needs_sign_in=True)
def rename_query_view(call: Call) -> dict[str, Any]:
    """Give a stored view another name."""
    subject, _ = _subject(call, *_names(call))
    view = _found(call, subject, _view_name(call))
    name = call.parameters.text("newName").strip()
    if not may_change(call, view):
        raise call.refused(view.row.folder)
    if not name:
        raise FormError("View name cannot be blank.")
    if view.is_in_session:
        raise FormError("Cannot rename a session view.")
    try:
        call.site.custom_views.rename(view, name, call.caller)
    except NameRefused as error:
        raise FormError(str(error)) from None
    except IntegrityError:
        raise FormError(f'Another saved view by the name "{name}" already exists.') from None
    return {"success": True}


def describer_of(
    call: Call, subject: Subject, table: Table, views: Sequence[View], describe: Describe | None = None
) -> ViewDescriber:
    """Return what describes these views of a table to this caller; `describe` says how columns are described."""
    default = next((view for view in views if not view.name), None)
    fields = Fields(call, table)
    return ViewDescriber(call, subject.schema, table, fields.find, describe or fields.describe, default)


def _names(call: Call) -> tuple[str, str]:
    schema_name = required(call.parameters, "schemaName", "query.schemaName")
    return schema_name, required(call.parameters, "queryName", "query.queryName")


def _subject(call: Call, schema_name: str, query_name: str) -> tuple[Subject, Table]:
    enter(call, schema_name, query_name)
    schema = find_schema(call, schema_name)
    if schema is None:
        raise NotFound(f"The schema name '{schema_name[:255]}' was not found within the folder '{call.folder.path}'")
    table = schema.table(query_name)
    if table is None:
        raise NotFound(
            f"The query '{query_name[:255]}' was not found within the '{schema.name}' schema in the container "
            f"'{call.folder.path}'!"
        )
    return Subject(call.folder, schema.name, table.name), table


def _view_name(call: Call) -> str:
    name = call.parameters.text("viewName", "query.viewName").strip()
    return "" if name.casefold() == "default" else name


def _found(call: Call, subject: Subject, name: str) -> View:
    view = call.site.custom_views.find(subject, name, call.caller)
    if view is None:
        raise NotFound(f"The requested view '{name[:100]}' does not exist for this user.")
    return view


def _described(call: Call, describer: ViewDescriber, views: list[View], has_fields: bool) -> Iterator[dict[str, Any]]:
    is_one = call.parameters.raw("viewName") is not None
    wanted = _view_name(call).casefold()
    shown = [view for view in views if not is_one or view.name.casefold() == wanted]
    yield from (describer.of(view, has_fields) for view in shown)
    if not any(view.name == "" for view in views) and (not is_one or not wanted):
        yield describer.untouched(has_fields, is_missing=True)


def _views(body: Mapping[str, Any]) -> list[Any]:
    views = body.get("views")
    if not isinstance(views, list):
        raise FormError("'views' must be an array of views.", "views")
    if len(views) > _MOST_VIEWS:
        raise FormError(f"'views' has {len(views)} items; at most {_MOST_VIEWS} are saved at once.", "views")
    return views


def _wanted(each: Any, body: Mapping[str, Any], where: str) -> tuple[str, definition.ViewDefinition, Wish]:
    """Read one view. What it does not say of itself, the request says of all."""
    if not isinstance(each, Mapping):
        raise FormError(f"'{where}' must be an object.", where)

    def flag(name: str, default: bool = False) -> bool:
        members, at = (each, where) if name in each else (body, "request")
        return definition.flag(members, name, at, default)

    try:
        wish = Wish(
            is_shared=flag("shared"),
            is_in_session=flag("session"),
            is_hidden=flag("hidden"),
            inherits=flag("inherit"),
            may_replace=flag("replace", default=True),
            container_path=definition.text(each, "containerPath", where),
        )
        return definition.text(each, "name", where).strip(), definition.read(each, where), wish
    except ViewError as error:
        raise FormError(str(error), where) from None


def _grid_url(call: Call, subject: Subject, name: str) -> str:
    query = {"schemaName": subject.schema, "query.queryName": subject.query}
    return call.url("query-executeQuery.view", **query, **({"query.viewName": name} if name else {}))
