"""The managed database: real tables that Keyhouse makes, alters and drops for lists.

`ManagedDatabase.changing()` is one transaction for a change of tables, under a lock that admits one change at a time;
`Work.conform(table)` makes a table what its design says, whatever it was before. Rows are read through `source`.
"""

from keyhouse.data.managed.conform import (
    DuplicateRows,
    LongTexts,
    MissingValues,
    Unconvertible,
    Unsuitable,
    Work,
)
from keyhouse.data.managed.database import ManagedDatabase
from keyhouse.data.managed.shapes import ManagedColumn, ManagedIndex, ManagedTable, Stored

__all__ = [
    "DuplicateRows",
    "LongTexts",
    "ManagedColumn",
    "ManagedDatabase",
    "ManagedIndex",
    "ManagedTable",
    "MissingValues",
    "Stored",
    "Unconvertible",
    "Unsuitable",
    "Work",
]
