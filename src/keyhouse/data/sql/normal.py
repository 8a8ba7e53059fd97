"""A statement for the audit log: what was asked, without the values, which can be the very data."""

from __future__ import annotations

from sqlglot import exp

from keyhouse.data.sql.dialect import LabKeySql
from keyhouse.data.sql.parse import Parsed

_LONGEST = 4000
_VALUES = (exp.Literal, exp.Boolean, exp.Date, exp.Timestamp, exp.Time)


def normalised(parsed: Parsed) -> str:
    """Write a statement with `?` in place of each value, without comments."""
    tree = parsed.tree.copy()
    for node in list(tree.find_all(*_VALUES)):
        if node is tree or node.parent is None:
            continue
        node.replace(exp.Placeholder())
    text = LabKeySql().generate(tree, comments=False)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
