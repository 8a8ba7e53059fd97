"""The controller ``query``, rows as files: all of them, filtered and sorted as `selectRows` would, in many forms."""

import logging
from collections.abc import Iterator
from dataclasses import replace

from django.http import HttpResponseBase, StreamingHttpResponse

from keyhouse.audit import Kind
from keyhouse.data import Query, Row, RowStream, Table
from keyhouse.labkey import query_export_options
from keyhouse.labkey.export_answer import ExportAnswer
from keyhouse.labkey.query_export_options import ExportOptions
from keyhouse.labkey.query_export_request import Asked, ask
from keyhouse.schemas.errors import told
from keyhouse.schemas.reading import Reading, asked_for
from keyhouse.tabular import TabularError, write_arrow, write_workbook
from keyhouse.tabular.forms import broken_end, file_name, write
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, WireError

actions = ActionTable()
log = logging.getLogger("keyhouse.data")


@actions.add("query-exportRowsTsv", is_file=True, is_csrf_exempt=True)
def export_rows_tsv(call: Call) -> HttpResponseBase:
    """Send rows as text, tab-separated unless `delim` says otherwise."""
    return _export(call, query_export_options.read(call.parameters, "tsv", "fieldkey"))


@actions.add("query-exportRowsExcel", "query-exportRowsXLSX", is_file=True, is_csrf_exempt=True)
def export_rows_excel(call: Call) -> HttpResponseBase:
    """Send rows as an Excel workbook; the old format, which `exportRowsExcel` meant, ends at row 65,536."""
    return _export(call, query_export_options.read(call.parameters, "xlsx", "caption"))


@actions.add("query-exportRows", is_file=True, is_csrf_exempt=True)
def export_rows(call: Call) -> HttpResponseBase:
    """Send rows in the form that `format` names (not of the original)."""
    return _export(call, query_export_options.read(call.parameters, None, "fieldkey"))


def _export(call: Call, options: ExportOptions) -> HttpResponseBase:
    if options.form.needs_arrow and not write_arrow.is_available():
        raise WireError(write_arrow.MISSING, status=501)
    asked = ask(call)
    query = replace(asked.query, max_rows=_most_rows(call), offset=0)
    with told(call):
        if options.form.name == "xlsx":
            _refuse_too_many(asked.table, query)
        stream = asked.table.select(query)
    try:
        return _answer(call, asked, query, stream, options)
    except BaseException:
        stream.close()
        raise


def _most_rows(call: Call) -> int | None:
    """An export has every row, as the original's; a number of rows is heeded where the client itself gives one."""
    most = call.parameters.number("maxRows", "limit")
    return None if most is None or most < 0 else most


def _refuse_too_many(table: Table, query: Query) -> None:
    most = write_workbook.MOST_ROWS - 1
    if (query.max_rows is None or query.max_rows > most) and (rows := table.count(query)) > most:
        raise BadRequest(str(write_workbook.too_many_rows(rows)))


def _answer(call: Call, asked: Asked, query: Query, stream: RowStream, options: ExportOptions) -> StreamingHttpResponse:
    if stream.ignored:
        log.warning("Ignored in an export of %s: %.2000s", asked.table.name, repr(stream.ignored))
    places = options.kept(stream.columns)
    columns = [asked.titled(stream.columns)[place] for place in places]
    reading = Reading(call, asked.schema_name, asked.table, query, stream, columns)
    # Before a row leaves the database.
    reading.begin(Kind.DATA_EXPORTED, form=options.form.name, **asked_for(query, asked.table))
    rows = stream if len(places) == len(stream.columns) else _narrowed(stream, places)
    with told(call):
        try:
            pieces = write(
                options.form, columns, options.titles(columns), rows, name=asked.table.title, text=options.text
            )
        except TabularError as error:
            raise BadRequest(str(error)) from None
    end = broken_end(options.form, options.text)
    answer = ExportAnswer(reading, pieces, end)
    response = StreamingHttpResponse(answer, content_type=options.form.media_type)
    name = file_name(asked.table.name, options.form, call.site.clock())
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _narrowed(stream: RowStream, places: list[int]) -> Iterator[Row]:
    for row in stream:
        yield tuple(row[place] for place in places)
