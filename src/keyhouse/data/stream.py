"""Rows on their way out, one batch in memory at a time."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self

from keyhouse.data.columns import Column

Row = tuple[Any, ...]


def _nothing_held() -> None: ...


class RowStream:
    """An iterator over tuples of Python values, one value a column.

    After those of the columns a row may have more values: `read` has the columns of all. Some of them show what a
    lookup means: `displays` has, for each column, the place of what is shown in its stead, or None; without any it is
    empty.

    Whatever holds the rows (a lent connection) is released at the last row, at an error, by `close`, at the end of a
    `with` block, or when the stream is dropped; `release` must be safe to call twice. `served` counts the rows handed
    out. `ignored` has a sentence for each name of the query that the table does not have.
    """

    def __init__(
        self,
        columns: tuple[Column, ...],
        batches: Iterator[Sequence[Row]],
        release: Callable[[], None] = _nothing_held,
        ignored: tuple[str, ...] = (),
        read: tuple[Column, ...] = (),
        displays: tuple[int | None, ...] = (),
    ) -> None:
        self.columns = columns
        self.read = read or columns
        self.displays = displays
        self.ignored = ignored
        self.served = 0
        self._batches = batches
        self._batch: Iterator[Row] = iter(())
        self._release = weakref.finalize(self, release)
        self._release.atexit = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Row:
        for row in self._batch:
            self.served += 1
            return row
        self._batch = iter(self._next_batch())
        return next(self)

    def take(self, most: int) -> list[Row]:
        """Return the next rows, at most so many and no more than are at hand; none after the last."""
        while not (rows := list(islice(self._batch, most))):
            try:
                self._batch = iter(self._next_batch())
            except StopIteration:
                return []
        self.served += len(rows)
        return rows

    def _next_batch(self) -> Sequence[Row]:
        try:
            batch = next(self._batches, None)
        except BaseException:
            self.close()
            raise
        if batch is None:
            self.close()
            raise StopIteration
        return batch

    def close(self) -> None:
        """Let go of the database. May be called any number of times; no rows come afterwards."""
        self._batches = iter(())
        self._batch = iter(())
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
