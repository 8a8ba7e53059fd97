"""The controller ``query``, reading rows (client-api.md, section 8.1)."""

import logging
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from keyhouse.data import Query, Table
from keyhouse.labkey import select_request
from keyhouse.labkey.access import enter
from keyhouse.labkey.cells import plain
from keyhouse.labkey.envelopes import Envelope, XmlEnvelope
from keyhouse.labkey.row_answer import RowAnswer
from keyhouse.labkey.select_request import SelectRequest
from keyhouse.labkey.shaping import Shaping, Titles
from keyhouse.labkey.versions import version_of
from keyhouse.schemas.asking import asked_by
from keyhouse.schemas.container_filters import folders_meant
from keyhouse.schemas.custom_views import seen_through, view_named, views_of
from keyhouse.schemas.errors import told
from keyhouse.schemas.find import Schema, find_schema
from keyhouse.schemas.reading import Reading, asked_for
from keyhouse.web.actions import ActionTable
from keyhouse.web.answers import JSON_TYPE
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.response_format import Format, format_asked
from keyhouse.web.xml_answers import XML_TYPE

actions = ActionTable()
log = logging.getLogger("keyhouse.data")
_ROWS_AT_ONCE = 1000


@actions.add("query-getQuery", "query-selectRows", is_csrf_exempt=True)
def select_rows(call: Call) -> HttpResponseBase:
    """Read rows of one table: a small page whole, so that its errors have a status; anything larger as a stream."""
    request = select_request.read(call.parameters)
    enter(call, request.schema_name, request.query_name)
    folders = folders_meant(call, request.container_filter)
    schema, table = locate(call, request.schema_name, request.query_name, folders)
    request, titled = seen_through_view(call, request, schema, table)
    return answer_rows(call, request, schema.name, table, asked_by(call, request.query(table), folders), titled)


def answer_rows(
    call: Call, request: SelectRequest, schema_name: str, table: Table, query: Query, titled: Titles = tuple
) -> HttpResponseBase:
    """Put a query to a table, or to a statement that reads like one, and answer with its rows, written down first."""
    shaping = Shaping(call, version_of(call), request, schema_name, table)
    query = shaping.query(query)
    with told(call):
        stream = table.select(query)
    try:
        if stream.ignored:
            log.warning("Ignored in a query on %s: %.2000s", table.name, repr(stream.ignored))
        is_xml = format_asked(call.parameters) is Format.XML
        wrap = XmlEnvelope if is_xml else Envelope
        envelope = wrap(schema_name, table, request, shaping.shape(stream, titled), query.find)
        reading = Reading(call, schema_name, table, query, stream)
        response = _response(RowAnswer(reading, envelope), query, XML_TYPE if is_xml else JSON_TYPE)
        # Before the answer leaves; one that is complete already has its number of rows.
        (reading.begin if response.streaming else reading.record_whole)(**asked_for(query, table))
    except BaseException:
        stream.close()
        raise
    return response


def seen_through_view(call: Call, request: SelectRequest, schema: Schema, table: Table) -> tuple[SelectRequest, Titles]:
    """Let the view that the request names, or else the default view, have its say."""
    view = view_named(views_of(call, schema.name, table.name), request.view_name)
    asked = (request.columns, request.filters, request.sort, request.ignores_view_filter)
    seen = seen_through(call, table, view, *asked)
    return replace(request, columns=seen.columns, filters=seen.filters, sort=seen.sort), seen.titled


@actions.add("query-getServerDate", is_csrf_exempt=True)
def get_server_date(call: Call) -> dict[str, Any]:
    """Tell the server's time, in UTC."""
    return {"date": plain(call.site.clock())}


def locate(
    call: Call, schema_name: str, query_name: str, folders: tuple[str, ...] | None = None
) -> tuple[Schema, Table]:
    """Find a table, in the words in which reading actions say that there is none; `folders` as for `find_schema`."""
    schema = find_schema(call, schema_name, folders)
    if schema is None:
        raise NotFound("The specified schema does not exist")
    table = schema.table(query_name)
    if table is None:
        raise NotFound(f"The specified query '{query_name[:255]}' does not exist in schema '{schema.name}'")
    return schema, table


def _response(answer: RowAnswer, query: Query, content_type: str) -> HttpResponseBase:
    is_small = query.max_rows is not None and query.max_rows <= _ROWS_AT_ONCE
    response: HttpResponseBase = (
        HttpResponse(answer.whole(), content_type=content_type)
        if is_small
        else StreamingHttpResponse(answer.streamed(), content_type=content_type)
    )
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
