"""Rows as a text file: streamed, so that a large table needs no memory, and in the audit log before the first byte."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse

from keyhouse.audit import Kind
from keyhouse.console import grid_address
from keyhouse.console.grid_address import GridAddress
from keyhouse.console.grid_table import query_of, table_of
from keyhouse.console.grid_words import cell_text
from keyhouse.data import RowStream
from keyhouse.schemas.errors import told
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
_FORMS = {"TAB": ("\t", "tsv", "text/tab-separated-values"), "COMMA": (",", "csv", "text/csv")}
_BATCH = 500


@actions.add("query-exportRowsTsv", methods=["GET"], is_page=True)
def export_rows(call: Call) -> HttpResponseBase:
    """Send the rows of a query as tab- or comma-separated text, all of them, filtered and sorted as asked."""
    address = grid_address.read(call.parameters)
    delimiter, ending, media_type = _FORMS.get(call.parameters.text("delim", default="TAB").upper(), _FORMS["TAB"])
    table = table_of(call, address)
    with told(call):
        stream = table.select(query_of(call, address, is_paged=False))
    names = [column.name for column in stream.columns]
    call.record(Kind.DATA_EXPORTED, schema=address.schema, query=table.name, details={"columns": names, "form": ending})
    response = StreamingHttpResponse(
        _text(call, address, stream, delimiter), content_type=f"{media_type}; charset=utf-8"
    )
    file_name = re.sub(r"[^A-Za-z0-9_-]+", "_", table.name)
    response["Content-Disposition"] = f'attachment; filename="{file_name}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response


def _text(call: Call, address: GridAddress, stream: RowStream, delimiter: str) -> Iterator[bytes]:
    try:
        yield _lines([[column.name for column in stream.columns]], delimiter)
        batch: list[list[str]] = []
        for row in stream:
            batch.append([cell_text(value) for value in row])
            if len(batch) == _BATCH:
                yield _lines(batch, delimiter)
                batch.clear()
        yield _lines(batch, delimiter)
    finally:
        # Also when the client went away: the log has the rows that left.
        stream.close()
        details = {"rows": stream.served}
        call.record(Kind.DATA_SERVED, schema=address.schema, query=address.query, details=details)


def _lines(rows: Iterable[Iterable[Any]], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n" if delimiter == "," else "\n").writerows(rows)
    return out.getvalue().encode()
