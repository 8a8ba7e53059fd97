"""A filter as a client writes it: `query.{column}~{op}={value}` (client-api.md §9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from keyhouse.data.columns import Column
from keyhouse.data.conditions import Condition
from keyhouse.data.operators import is_known, predicate_of
from keyhouse.data.people import People


@dataclass(frozen=True, slots=True)
class Filter:
    """One restriction. `column` is a field key as on the wire, `op` an operator in any letter case.

    `parameter` is what the client calls it, for errors to name. A filter that `is_needed` is never left out: where its
    column cannot be read, the query is refused.
    """

    column: str
    op: str
    value: str = ""
    parameter: str = ""
    is_needed: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the operator is one that Keyhouse has; others are left out of a query and reported."""
        return is_known(self.op)

    def condition(self, column: Column, today: date | None, people: People | None = None) -> Condition | None:
        """Convert the value to the column's kind; None for an unknown operator.

        `today` is where relative days such as `-5d` count from, `people` what `~me~` and `memberof` mean; without them
        they are refused. Raise BadValue.
        """
        predicate = predicate_of(self.op, self.value, column, today, people)
        return Condition(column, predicate) if predicate is not None else None
