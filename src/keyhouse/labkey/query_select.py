"""The controller ``query``, reading rows (client-api.md, section 8.1)."""

import logging
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from keyhouse.audit import Kind
from keyhouse.data import Query, RowStream, Table, find_column
from keyhouse.labkey import select_request
from keyhouse.labkey.access import enter
from keyhouse.labkey.cells import plain
from keyhouse.labkey.envelopes import Envelope
from keyhouse.labkey.row_answer import RowAnswer
from keyhouse.labkey.select_request import SelectRequest
from keyhouse.labkey.versions import version_of
from keyhouse.schemas.errors import told
from keyhouse.schemas.find import Schema, find_schema
from keyhouse.web.actions import ActionTable
from keyhouse.web.answers import JSON_TYPE
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound

actions = ActionTable()
log = logging.getLogger("keyhouse.data")
_ROWS_AT_ONCE = 1000


@actions.add("query-getQuery", "query-selectRows", is_csrf_exempt=True)
def select_rows(call: Call) -> HttpResponseBase:
    """Read rows of one table: a small page whole, so that its errors have a status; anything larger as a stream."""
    request = select_request.read(call.parameters)
    enter(call, request.schema_name, request.query_name)
    schema, table = locate(call, request.schema_name, request.query_name)
    query = request.query(table, call.site.clock().date())
    with told(call):
        stream = table.select(query)
    try:
        _judge_ignored(request, stream, table)
        envelope = Envelope(version_of(call), schema.name, table, stream.columns, request)
        response = _response(RowAnswer(call, table, query, stream, envelope), query)
        _record_read(call, request, schema, table, stream, is_complete=not response.streaming)
    except BaseException:
        stream.close()
        raise
    return response


@actions.add("query-getServerDate", is_csrf_exempt=True)
def get_server_date(call: Call) -> dict[str, Any]:
    """Tell the server's time, in UTC."""
    return {"date": plain(call.site.clock())}


def locate(call: Call, schema_name: str, query_name: str) -> tuple[Schema, Table]:
    """Find a table, in the words in which reading actions say that there is none."""
    schema = find_schema(call, schema_name)
    if schema is None:
        raise NotFound("The specified schema does not exist")
    table = schema.table(query_name)
    if table is None:
        raise NotFound(f"The specified query '{query_name[:255]}' does not exist in schema '{schema.name}'")
    return schema, table


def _judge_ignored(request: SelectRequest, stream: RowStream, table: Table) -> None:
    """Clients count on unknown names being ignored, but that widens an answer: it is logged, or refused if they ask."""
    if not stream.ignored:
        return
    if request.is_strict:
        raise BadRequest("; ".join(stream.ignored))
    log.warning("Ignored in a query on %s: %.2000s", table.name, repr(stream.ignored))


def _record_read(
    call: Call, request: SelectRequest, schema: Schema, table: Table, stream: RowStream, is_complete: bool
) -> None:
    """Write down the reading before its answer leaves; an answer that is complete already has its number of rows."""
    # Columns and operators, but no filter values: those can be the very data that the log must not spread.
    details: dict[str, Any] = {
        "columns": [column.name for column in stream.columns],
        "filters": _filtered_by(request, table),
    }
    if is_complete:
        details["rows"] = stream.served
    call.record(Kind.DATA_READ, schema=schema.name, query=table.name, details=details)


def _filtered_by(request: SelectRequest, table: Table) -> list[str]:
    """Name what the rows were filtered by; unknown names had no effect, and a client may send any number of them."""
    found = ((find_column(table.columns, each.column), each) for each in request.filters if each.is_known)
    return sorted({f"{column.name}~{each.op.lower()}" for column, each in found if column})


def _response(answer: RowAnswer, query: Query) -> HttpResponseBase:
    is_small = query.max_rows is not None and query.max_rows <= _ROWS_AT_ONCE
    response: HttpResponseBase = (
        HttpResponse(answer.whole(), content_type=JSON_TYPE)
        if is_small
        else StreamingHttpResponse(answer.streamed(), content_type=JSON_TYPE)
    )
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
