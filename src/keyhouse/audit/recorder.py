"""The recorder: a row is durable when `record` returns.

Many requests at once share one commit: the first thread that gets the pen writes what all waiting ones have brought.
Inside a transaction of the caller, the row goes into that transaction instead: a change and its trace are committed
together or not at all.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from keyhouse.audit.events import Event, columns_of
from keyhouse.audit.models import AuditEvent, AuditHead


@dataclass
class _Waiting:
    event: Event
    is_durable: bool = False
    failure: BaseException | None = None


class Recorder:
    """Appends events to the chain, in groups where several threads wait."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._gate = threading.Lock()
        self._pen = threading.Lock()
        self._waiting: list[_Waiting] = []

    def record(self, event: Event) -> None:
        """Append one event; on return it is committed, or part of the caller's open transaction."""
        if connection.in_atomic_block:
            self._append([event])
            return
        mine = _Waiting(event)
        with self._gate:
            self._waiting.append(mine)
        with self._pen:
            if not mine.is_durable and mine.failure is None:
                self._write_group()
        if mine.failure is not None:
            raise mine.failure

    def _write_group(self) -> None:
        with self._gate:
            group, self._waiting = self._waiting, []
        try:
            with transaction.atomic():
                self._append([waiting.event for waiting in group])
        except BaseException as error:
            for waiting in group:
                waiting.failure = error
            raise
        for waiting in group:
            waiting.is_durable = True

    def _append(self, events: Sequence[Event]) -> None:
        head = AuditHead.objects.select_for_update().get(id=1)
        rows = []
        for event in events:
            columns = columns_of(event, head.sequence + 1, self._clock(), head.digest)
            rows.append(AuditEvent(**columns))
            head.sequence, head.digest = columns["sequence"], columns["digest"]
        AuditEvent.objects.bulk_create(rows)
        head.save()
