"""What is wrong with a row that a client sent, in words for the client. They may hold its values: never log them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; `field` is the name of the column, empty for the row as a whole."""

    text: str
    field: str = ""


class RowFaults(Exception):
    """A row cannot be written."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].text)
        self.faults = tuple(faults)
