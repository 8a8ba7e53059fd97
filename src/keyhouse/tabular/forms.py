"""The forms in which rows can be taken along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyhouse.data import Column
from keyhouse.tabular import write_arrow
from keyhouse.tabular.write_json import write_json, write_ndjson
from keyhouse.tabular.write_text import TextForm, write_text
from keyhouse.tabular.write_workbook import WorkbookFile


@dataclass(frozen=True)
class Form:
    """One form: its name in the API, what people call it, and how it travels."""

    name: str
    title: str
    media_type: str
    ending: str

    @property
    def is_text(self) -> bool:
        """Tell whether delimiters, quotes and the header are a matter of choice."""
        return self.name in {"csv", "tsv"}

    @property
    def needs_arrow(self) -> bool:
        """Tell whether pyarrow writes it."""
        return self.name in {"parquet", "arrow"}


FORMS = {
    form.name: form
    for form in (
        Form("csv", "CSV", "text/csv; charset=utf-8", "csv"),
        Form("tsv", "TSV", "text/tab-separated-values; charset=utf-8", "tsv"),
        Form("xlsx", "Excel workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        Form("parquet", "Parquet", "application/vnd.apache.parquet", "parquet"),
        Form("arrow", "Arrow stream", "application/vnd.apache.arrow.stream", "arrows"),
        Form("json", "JSON", "application/json; charset=utf-8", "json"),
        Form("ndjson", "NDJSON", "application/x-ndjson; charset=utf-8", "ndjson"),
    )
}
TSV = TextForm("\t", line_end="\n")
CSV = TextForm()
_BROKEN = "THESE ROWS ARE NOT COMPLETE. The database failed while they were read. Export them again."


def write(
    form: Form,
    columns: Sequence[Column],
    titles: Sequence[str] | None,
    rows: Iterable[Sequence[Any]],
    *,
    name: str = "",
    text: TextForm | None = None,
) -> Iterable[bytes]:
    """Write rows in a form, a piece at a time; a workbook is finished when this returns, the others are then to come.

    Without titles there is no header, and where names are needed they are those of the columns. Raise TabularError,
    here or while the pieces are taken, for what the form cannot hold.
    """
    names = _distinct(titles or [column.name for column in columns])
    match form.name:
        case "xlsx":
            return WorkbookFile(columns, titles, rows, name)
        case "parquet":
            return write_arrow.write_parquet(columns, names, rows)
        case "arrow":
            return write_arrow.write_arrow(columns, names, rows)
        case "json":
            return write_json(columns, names, rows)
        case "ndjson":
            return write_ndjson(columns, names, rows)
    return write_text(columns, titles, rows, text or (TSV if form.name == "tsv" else CSV))


def broken_end(form: Form, text: TextForm | None = None) -> bytes:
    """Return what makes a file that ended early unreadable, where half of it would else look like all of it.

    A text ends in a quote that is never closed, an Arrow stream in a message that never comes. JSON's array is still
    open, and a Parquet file has no footer yet.
    """
    match form.name:
        case "csv" | "tsv":
            return f"{(text or CSV).quote}{_BROKEN}".encode()
        case "ndjson":
            return f'{{"error": "{_BROKEN}'.encode()
        case "arrow":
            return b"\xff\xff\xff\xff\x10\x00\x00\x00"
    return b""


def file_name(name: str, form: Form, at: datetime) -> str:
    """Name a file after its query and the moment, in letters that mean nothing to any system or header."""
    safe = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-")[:100] or "rows"
    return f"{safe}_{at:%Y-%m-%d_%H-%M-%S}.{form.ending}"


def _distinct(titles: Sequence[str]) -> list[str]:
    """Tell columns of the same title apart, where a title is the key of a value."""
    ordered: dict[str, None] = {}
    for title in titles:
        number, each = 2, title
        while each in ordered:
            number, each = number + 1, f"{title} ({number})"
        ordered[each] = None
    return list(ordered)
