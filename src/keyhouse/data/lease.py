"""A connection lent to one stream of rows, and the watch that takes it back.

Three limits bound a lease, and none of them needs the reader's help:

* each wait for the database (the query with its first rows, then every batch) may take `timeout_seconds`; the database
  is told to stop then;
* between two batches the reader may pause for `timeout_seconds`; a stalled client loses its connection then;
* all in all a stream may last `stream_seconds`, so nobody holds a connection by reading a row a minute.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any, Protocol

import sqlalchemy as sa

from keyhouse.data.errors import SourceError
from keyhouse.data.stream import Row

_FIRST_BATCH = 100
_LARGEST_BATCH = 1000
_ROUND_SECONDS = 0.02


class Lender(Protocol):
    """What a lease needs of its source."""

    def fetch(self, connection: sa.Connection, result: sa.CursorResult[Any], size: int) -> list[Row]: ...

    def take_back(self, lease: Lease, connection: sa.Connection, result: sa.CursorResult[Any]) -> None: ...

    def reader_too_slow(self) -> SourceError: ...


class Lease:
    """Batches of raw rows from one executed statement. Safe to release from any thread, any number of times."""

    def __init__(
        self, lender: Lender, connection: sa.Connection, result: sa.CursorResult[Any], idle: float, life: float
    ) -> None:
        self._lender = lender
        self._held: tuple[sa.Connection, sa.CursorResult[Any]] | None = (connection, result)
        self._idle = idle
        self._dies_at = monotonic() + life
        self._idle_until = monotonic() + idle
        self._size = _FIRST_BATCH
        self._expired = False
        self._lock = threading.RLock()  # the collector may drop a stream while this thread holds it

    def next_batch(self) -> list[Row]:
        """Fetch the next rows, none after the last; the last batch gives the connection back. Raise a SourceError."""
        with self._lock:
            # A busy reader holds the lock whenever the watch looks: it must see for itself that its time is over.
            if self._held is not None and monotonic() >= self._dies_at:
                self._end()
            if self._expired:
                raise self._lender.reader_too_slow()
            if self._held is None:
                return []
            try:
                rows = self._lender.fetch(*self._held, self._size)
            except BaseException:
                self._take_back()
                raise
            if len(rows) < self._size:
                self._take_back()
            self._size = _LARGEST_BATCH
            self._idle_until = monotonic() + self._idle
        return rows

    def release(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._take_back()

    def expire(self, now: float) -> None:
        """Release a lease that is past its limits. One that is waiting for the database is left for the next round."""
        if self._lock.acquire(blocking=False):
            try:
                if self._held is not None and now >= self.ends_at:
                    self._end()
            finally:
                self._lock.release()

    @property
    def ends_at(self) -> float:
        """The monotonic time at which the lease is over unless another batch is fetched."""
        return min(self._idle_until, self._dies_at)

    def _end(self) -> None:
        self._expired = True
        self._take_back()

    def _take_back(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._lender.take_back(self, *held)


class Watch:
    """Ends the leases of one source that are past their limits, from a thread that lives only while there are any.

    All leases of a source may be idle equally long, so a new one never ends before the round that is already due.
    """

    def __init__(self) -> None:
        self._leases: set[Lease] = set()
        self._lock = threading.RLock()  # the collector may drop a stream while this thread holds it
        self._thread: threading.Thread | None = None

    def add(self, lease: Lease) -> None:
        """Watch a lease until it is discarded."""
        with self._lock:
            self._leases.add(lease)
            # A fork keeps the object of the thread and not the thread: ask whether it runs.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._rounds, name="keyhouse-leases", daemon=True)
                self._thread.start()

    def discard(self, lease: Lease) -> None:
        """Forget a lease that is over."""
        with self._lock:
            self._leases.discard(lease)

    def _rounds(self) -> None:
        pause = threading.Event()
        while True:
            with self._lock:
                leases = self._leases.copy()
                if not leases:
                    self._thread = None
                    return
            pause.wait(max(_ROUND_SECONDS, min(lease.ends_at for lease in leases) - monotonic()))
            for lease in leases:
                lease.expire(monotonic())
