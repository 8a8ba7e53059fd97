"""The controller ``query``, LabKey SQL (client-api.md, sections 3 and 8.2)."""

from typing import Any

from django.http import HttpResponseBase

from keyhouse.core.permissions import Permission
from keyhouse.data import BadValue
from keyhouse.data.sql import BadStatement, SqlTable
from keyhouse.labkey import select_request, waf
from keyhouse.labkey.form_errors import FormError
from keyhouse.labkey.query_select import answer_rows
from keyhouse.labkey.select_request import SelectRequest, required
from keyhouse.schemas.asking import asked_by
from keyhouse.schemas.container_filters import folders_meant
from keyhouse.schemas.find import Schema, find_schema
from keyhouse.schemas.saved import place_of
from keyhouse.schemas.sql import CallCatalog
from keyhouse.web import csrf
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, WireError
from keyhouse.web.parameters import Parameters

actions = ActionTable()
QUERY_NAME = "sql"


@actions.add("query-executeSql", permission=Permission.READ, is_csrf_exempt=True)
def execute_sql(call: Call) -> HttpResponseBase:
    """Answer a statement as `selectRows` answers a query."""
    request = _read(call.parameters)
    folders = folders_meant(call, request.container_filter)
    table = statement_of(call, request, folders)
    _check(table)
    if call.parameters.flag("saveInSession"):
        _keep(call, request.schema_name, table)
    return answer_rows(call, request, request.schema_name, table, asked_by(call, request.query(table), folders))


@actions.add("query-validateQuery", permission=Permission.READ, is_csrf_exempt=True)
def validate_query(call: Call) -> dict[str, Any]:
    """Tell whether a statement, or a query of a schema, can be understood; nothing is read."""
    schema_name = required(call.parameters, "schemaName", "query.schemaName")
    sql = call.parameters.text("sql")
    if sql:
        schema = _schema(call, schema_name)
        _check(SqlTable(waf.plain_text(sql), CallCatalog(call, schema.name), _values(call.parameters)))
    else:
        _check_query(call, schema_name, required(call.parameters, "queryName", "query.queryName"))
    return {"valid": True}


@actions.add("query-validateQueryMetadata", permission=Permission.READ, is_csrf_exempt=True)
def validate_query_metadata(call: Call) -> dict[str, Any]:
    """Tell whether the description of a query fits it. Keyhouse has none but what its columns say."""
    schema_name = required(call.parameters, "schemaName", "query.schemaName")
    _check_query(call, schema_name, required(call.parameters, "queryName", "query.queryName"))
    return {"valid": True}


def statement_of(call: Call, request: SelectRequest, folders: tuple[str, ...] | None) -> SqlTable:
    """Return the table that the statement of a request stands for; it is compiled when it is first looked at."""
    schema = find_schema(call, request.schema_name)
    if schema is None:
        raise NotFound("The specified schema does not exist")
    text = waf.plain_text(required(call.parameters, "sql"))
    return SqlTable(text, CallCatalog(call, schema.name, folders), _values(call.parameters), name=QUERY_NAME)


def _keep(call: Call, schema_name: str, table: SqlTable) -> None:
    """Keep a statement for the session of the caller, and answer under the name by which it can be read from now on."""
    # To run a statement changes nothing, but to keep it does: no foreign page may make a browser do that.
    if call.request.method != "POST":
        raise BadRequest("A statement is kept by POST: send 'saveInSession' in the body.")
    csrf.check(call.request, call.presented, call.parameters, base_url=call.site.boot.base_url)
    kept = call.site.saved_queries.save_in_session(call.folder, schema_name, table.statement_text.text, call.caller)
    if kept is None:  # A guest has no session, and would not find it again.
        raise call.refused()
    table.name = table.title = kept.name


def _read(parameters: Parameters) -> SelectRequest:
    region = select_request.region_of(parameters)
    max_rows, offset = select_request.read_page(parameters, region)
    return SelectRequest(
        schema_name=required(parameters, "schemaName", f"{region}.schemaName"),
        query_name=QUERY_NAME,
        sort=select_request.read_sort(parameters, region),
        offset=offset,
        max_rows=max_rows,
        has_total=parameters.flag("includeTotalCount", default=True),
        has_metadata=parameters.flag("includeMetadata", default=True),
        has_displays=parameters.flag("includeDisplayValues"),
        container_filter=select_request.read_container_filter(parameters, region),
    )


def _values(parameters: Parameters) -> dict[str, str]:
    """Return the values of `query.param.NAME`; R sends the key `query.param.` without a name, which means nothing."""
    prefix = f"{select_request.region_of(parameters)}.param.".lower()
    given = {name[len(prefix) :]: value for name, value in parameters if name.lower().startswith(prefix)}
    return {name: _text(name, value) for name, value in given.items() if name and value is not None}


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise BadRequest(f"Could not parse parameter '{name[:100]}'")


def _check(table: SqlTable) -> None:
    try:
        _ = table.statement
    except BadStatement as error:
        # LabKey answers what it cannot compile with 500 (client-api.md, section 6.1); the writer needs the place.
        raise WireError(str(error), place_of(error)) from None
    except BadValue as error:
        raise BadRequest(str(error)) from None


def _check_query(call: Call, schema_name: str, query_name: str) -> None:
    table = _schema(call, schema_name).table(query_name)
    if table is None:
        raise FormError(f"Query not found: {query_name[:255]}")
    if isinstance(table, SqlTable):
        _check(table)


def _schema(call: Call, name: str) -> Schema:
    """Find a schema, or refuse it as the original's validation does: as an error of a form, unlike other actions."""
    schema = find_schema(call, name)
    if schema is None:
        raise FormError(f"Schema not found: {name[:255]}")
    return schema
