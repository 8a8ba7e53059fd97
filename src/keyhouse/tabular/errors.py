"""What is wrong with a file of rows, in words for the person who made the file."""

from __future__ import annotations


class TabularError(ValueError):
    """A file cannot be read, or rows cannot be written so; the text says where and what to do.

    `row` is the number of the data row (the first below the header is 1), None where no single row is at fault.
    """

    def __init__(self, text: str, row: int | None = None) -> None:
        super().__init__(text)
        self.row = row
