"""Whose data a row is: read with every row that leaves, whether or not the reader may see or asked for it.

What is read so never becomes a column of the answer: no name of a client leads to it, and `RowStream` takes it off each
row before it hands the row out. It is for the audit log alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keyhouse.data.tables import Table


@dataclass(frozen=True, slots=True)
class ParticipantColumn:
    """The column, by its name in the database, that says which participant a row of a table belongs to.

    `of` names the table as the audit log does. An empty `storage` means that the column is not there any more: then
    nobody can tell whose rows they are.
    """

    of: str
    storage: str


def participant_of(table: Table) -> ParticipantColumn | None:
    """Return the participant column of a table, if it has one."""
    return getattr(table, "participant", None)


def told(labels: Sequence[str], values: Iterable[Sequence[Any]]) -> Mapping[str, set[str]]:
    """Gather the participants of some rows by table; `values` has one value a label for each row."""
    found: dict[str, set[str]] = {label: set() for label in labels}
    for row in values:
        for label, value in zip(labels, row, strict=True):
            if value is not None:
                found[label].add(participant_text(value))
    return found


def participant_text(value: Any) -> str:
    """Write a participant's id as people write it: the number 101 is not `101.0`."""
    if isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return value if isinstance(value, str) else str(value)
