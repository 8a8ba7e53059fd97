"""Files of rows: CSV, TSV and spreadsheets read with care, and rows written in every format that tools take."""

from keyhouse.tabular.errors import TabularError
from keyhouse.tabular.infer import InferredField, infer
from keyhouse.tabular.reading import read, read_text
from keyhouse.tabular.sheet import CellError, Limits, Row, Sheet, Value, rows_of

__all__ = [
    "CellError",
    "InferredField",
    "Limits",
    "Row",
    "Sheet",
    "TabularError",
    "Value",
    "infer",
    "read",
    "read_text",
    "rows_of",
]
