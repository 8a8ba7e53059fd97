"""Rows as Parquet or as an Arrow IPC stream, with the types of their columns; needs the extra `arrow`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from keyhouse.data import Column, Kind
from keyhouse.data.days import in_utc
from keyhouse.tabular.errors import TabularError
from keyhouse.tabular.values import day_of, is_day, text_of

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = (
    "This server cannot write Parquet or Arrow: its administrator can add that with pip install 'keyhouse[arrow]'. "
    "CSV, TSV, XLSX, JSON and NDJSON are there without it."
)
_FIRST_BATCH, _BATCH, _ROW_GROUP = 100, 5_000, 50_000
_NUMERIC = re.compile(r"(?:NUMERIC|DECIMAL)\((\d{1,2}),\s*(\d{1,2})\)", re.IGNORECASE)


def is_available() -> bool:
    """Tell whether pyarrow is installed."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


def write_arrow(columns: Sequence[Column], titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write an Arrow IPC stream. Raise TabularError for a value that is not of its column's type."""
    import pyarrow as pa

    sink = _Sink()
    fields = _fields(columns, titles)
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), pa.schema(fields)) as writer:
        for batch in _batches(columns, fields, rows, _BATCH):
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


def write_parquet(columns: Sequence[Column], titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write a Parquet file. It has no footer, and so cannot be read, if the rows end early."""
    import pyarrow as pa
    from pyarrow import parquet

    sink = _Sink()
    fields = _fields(columns, titles)
    with parquet.ParquetWriter(pa.PythonFile(sink, "w"), pa.schema(fields), compression="zstd") as writer:
        yield sink.take()
        for batch in _batches(columns, fields, rows, _ROW_GROUP):
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """What a writer writes, until it is taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


def _fields(columns: Sequence[Column], titles: Sequence[str]) -> list[pa.Field]:
    import pyarrow as pa

    return [pa.field(_sound(title), _type(column)) for column, title in zip(columns, titles, strict=True)]


def _type(column: Column) -> pa.DataType:
    import pyarrow as pa

    if column.is_multiple:
        return pa.list_(pa.string())
    if is_day(column):
        return pa.date32()
    if column.kind is Kind.FLOAT and (found := _NUMERIC.search(column.sql_type)) and 0 < int(found[1]) <= 38:
        return pa.decimal128(int(found[1]), int(found[2]))
    return {
        Kind.STRING: pa.string(),
        Kind.INT: pa.int64(),
        Kind.FLOAT: pa.float64(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DATE: pa.timestamp("us"),
    }[column.kind]


def _batches(
    columns: Sequence[Column], fields: Sequence[pa.Field], rows: Iterable[Sequence[Any]], size: int
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    schema = pa.schema(fields)
    remaining = iter(rows)
    done, now = 0, _FIRST_BATCH if size == _BATCH else size
    while batch := list(islice(remaining, now)):
        arrays = [
            _array(column, each, [row[place] for row in batch], done)
            for place, (column, each) in enumerate(zip(columns, fields, strict=True))
        ]
        yield pa.record_batch(arrays, schema=schema)
        done, now = done + len(batch), size


def _array(column: Column, field: pa.Field, values: list[Any], before: int) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
        pass  # few columns have values that must be looked at one by one
    try:
        return pa.array([None if value is None else _fit(column, value) for value in values], field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError) as error:
        raise _misfit(column, field, values, before) from error


def _misfit(column: Column, field: pa.Field, values: list[Any], before: int) -> TabularError:
    import pyarrow as pa

    for place, value in enumerate(values, before + 1):
        try:
            pa.array([None if value is None else _fit(column, value)], field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
            text = f"Row {place}: column {column.name!r} is of type {field.type} and has a value of another there."
            return TabularError(f"{text} Take CSV or JSON, which write it as it is.", place)
    return TabularError(f"Column {column.name!r} does not fit type {field.type}. Take CSV or JSON.")


def _fit(column: Column, value: Any) -> Any:
    if column.is_multiple:
        return [_sound(text_of(item)) for item in (value if isinstance(value, list | tuple) else [value])]
    match column.kind:
        case Kind.STRING:
            return _sound(value if isinstance(value, str) else text_of(value))
        case Kind.DATE:
            return day_of(value) if is_day(column) else _moment(value)
        case Kind.FLOAT if isinstance(value, int):
            return Decimal(value) if _NUMERIC.search(column.sql_type) else float(value)
        case Kind.FLOAT if isinstance(value, Decimal) and not _NUMERIC.search(column.sql_type):
            return float(value)
        case Kind.BOOLEAN if value in {0, 1}:
            return bool(value)
    return value


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return in_utc(value)
    return datetime.combine(value, time()) if isinstance(value, date) else value


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
