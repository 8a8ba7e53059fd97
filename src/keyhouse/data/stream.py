"""Rows on their way out, one batch in memory at a time."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self

from keyhouse.data.columns import Column
from keyhouse.data.participants import told

Row = tuple[Any, ...]
Watcher = Callable[[Mapping[str, set[str]]], None]


def _nothing_held() -> None: ...


class RowStream:
    """An iterator over tuples of Python values, one value a column.

    After those of the columns a row may have more values: `read` has the columns of all. Some of them show what a
    lookup means: `displays` has, for each column, the place of what is shown in its stead, or None; without any it is
    empty.

    `participants` has the tables whose participants stand behind the values of each row, in their order: they are taken
    off and shown to who watches (`watch`) before a row of their batch is handed out; unwatched rows are not handed out.
    `untold` has the tables of whose participants the rows cannot tell: those of a statement or of distinct values.

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
        participants: tuple[str, ...] = (),
        untold: tuple[str, ...] = (),
    ) -> None:
        self.columns = columns
        self.read = read or columns
        self.displays = displays
        self.ignored = ignored
        self.participants = participants
        self.untold = untold
        self.served = 0
        self._batches = batches
        self._batch: Iterator[Row] = iter(())
        self._watcher: Watcher | None = None
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

    def watch(self, watcher: Watcher) -> None:
        """Show the participants of each batch, by table, before any of its rows is handed out."""
        self._watcher = watcher

    def _next_batch(self) -> Sequence[Row]:
        try:
            batch = next(self._batches, None)
            if batch and self.participants:
                batch = self._watched(batch)
        except BaseException:
            self.close()
            raise
        if batch is None:
            self.close()
            raise StopIteration
        return batch

    def _watched(self, batch: Sequence[Row]) -> Sequence[Row]:
        if self._watcher is None:
            raise RuntimeError("rows of participants are not read without somebody to write them down")
        count = len(self.participants)
        self._watcher(told(self.participants, (row[-count:] for row in batch)))
        return [row[:-count] for row in batch]

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
