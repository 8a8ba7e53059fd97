"""The recorder: a row is durable when `record` returns.

Many requests at once share one commit: the first thread that gets the pen writes what all waiting ones have brought.
Inside a transaction of the caller, the row goes into that transaction instead: a change and its trace are committed
together or not at all.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from keyhouse.audit.events import Event, columns_of
from keyhouse.audit.models import AuditEvent
from keyhouse.audit.participants import INSERT_ENTRY, Entry, index_rows

_COLUMNS = tuple(field.attname for field in AuditEvent._meta.concrete_fields)
_HEAD = "SELECT sequence, digest FROM keyhouse_audit_head WHERE id = 1"
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_INSERT = f"INSERT INTO keyhouse_audit_event ({_NAMES}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608
_MOVE_HEAD = "UPDATE keyhouse_audit_head SET sequence = %s, digest = %s WHERE id = 1"


@dataclass
class _Waiting:
    event: Event
    is_durable: bool = False
    sequence: int = 0
    failure: BaseException | None = None


class Recorder:
    """Appends events to the chain, in groups where several threads wait."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._gate = threading.Lock()
        self._pen = threading.Lock()
        self._waiting: list[_Waiting] = []

    def record(self, event: Event) -> int:
        """Append one event and return its place in the chain.

        On return it is committed, or part of the caller's open transaction.
        """
        if connection.in_atomic_block:
            return self._append([event])
        mine = _Waiting(event)
        with self._gate:
            self._waiting.append(mine)
        with self._pen:
            if not mine.is_durable and mine.failure is None:
                self._write_group()
        if mine.failure is not None:
            raise mine.failure
        return mine.sequence

    def record_all(self, events: Sequence[Event]) -> None:
        """Append what one change says of many, in the open transaction of the caller."""
        if not connection.in_atomic_block:
            raise RuntimeError("Many events are of one change, and a change has a transaction.")
        if events:
            self._append(events)

    def _write_group(self) -> None:
        with self._gate:
            group, self._waiting = self._waiting, []
        try:
            with transaction.atomic():
                last = self._append([waiting.event for waiting in group])
        except BaseException as error:
            for waiting in group:
                waiting.failure = error
            raise
        for sequence, waiting in enumerate(group, last - len(group) + 1):
            waiting.sequence = sequence
            waiting.is_durable = True

    def _append(self, events: Sequence[Event]) -> int:
        """Write events at the end of the chain and return the place of the last."""
        # Statements written out: all writers wait for this one, and building them anew took longer than the disk.
        with connection.cursor() as cursor:
            cursor.execute(_HEAD + (" FOR UPDATE" if connection.features.has_select_for_update else ""))
            sequence, digest = cursor.fetchone()
            rows: list[list[Any]] = []
            entries: list[Entry] = []
            for event in events:
                columns = columns_of(event, sequence + 1, self._clock(), digest)
                rows.append(_stored(columns))
                entries.extend(index_rows(columns))
                sequence, digest = columns["sequence"], columns["digest"]
            cursor.executemany(_INSERT, rows)
            if entries:
                cursor.executemany(INSERT_ENTRY, entries)
            cursor.execute(_MOVE_HEAD, [sequence, digest])
            return int(sequence)


def _stored(columns: Mapping[str, Any]) -> list[Any]:
    adapted = {
        **columns,
        "at": connection.ops.adapt_datetimefield_value(columns["at"]),
        "details": json.dumps(columns["details"]),
    }
    return [adapted[name] for name in _COLUMNS]
