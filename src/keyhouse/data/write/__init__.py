"""Rows on their way in: values from the wire become values of columns, and are written in one transaction of a source.

`Source.writing()` opens a `Transaction`; `Intake` turns rows of a client into rows of a table and tells what is wrong
with each; `TableWriter` writes them. Nothing here knows who the user is.
"""

from keyhouse.data.write.faults import Fault, RowFaults
from keyhouse.data.write.intake import Intake, Values
from keyhouse.data.write.layout import Layout
from keyhouse.data.write.rules import BadRule, Rule
from keyhouse.data.write.stamp import Stamp
from keyhouse.data.write.table_writer import Key, TableWriter
from keyhouse.data.write.transaction import Transaction

__all__ = [
    "BadRule",
    "Fault",
    "Intake",
    "Key",
    "Layout",
    "RowFaults",
    "Rule",
    "Stamp",
    "TableWriter",
    "Transaction",
    "Values",
]
