"""The trace of one answer with data: which columns of what, under which declarations, how many rows, whose they are.

An answer that is complete before it leaves has one row in the audit log. One that leaves as a stream has a row before
its first byte, a row for each batch with participants who stand in none yet, before that batch leaves, and a last one
that tells how many rows went out; `answer` in their details is the place of the first.

No value of a cell goes into the log, with one exception on purpose: the ids of participants, for a log that could not
tell whose data was seen would answer none of a compliance officer's questions.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keyhouse.audit import Kind, Outcome
from keyhouse.audit.events import declared_in
from keyhouse.core.context import DeclaredContext
from keyhouse.core.phi import PhiLevel
from keyhouse.data import Column, Query, RowStream, SourceTable, Table
from keyhouse.data.lookups import Names
from keyhouse.data.phi import level_of
from keyhouse.data.sql import SqlTable
from keyhouse.web.call import Call

_MOST_NAMED = 100
_OF_ALL_COLUMNS = {"q", "where"}
# An id has 200 characters at most, so that no row's details exceed some 100 kilobytes.
_MOST_PARTICIPANTS = 500
Told = Mapping[str, Sequence[str]]


@dataclass
class Reading:
    """One answer that is made of `stream`; `columns` are those that leave, by default all that were read."""

    call: Call
    schema: str
    table: Table
    query: Query
    stream: RowStream
    columns: Sequence[Column] | None = None
    _answer: int | None = field(default=None, init=False)
    _known: dict[str, set[str]] = field(default_factory=dict, init=False)
    _new: list[tuple[str, str]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.stream.watch(self._see)

    def record_whole(self, rows: int | None = None, **details: Any) -> None:
        """Write down an answer that is about to leave and holds all its rows, as many as were read unless told."""
        rows = self.stream.served if rows is None else rows
        first, *more = self._chunks() or [{}]
        facts = {**self._facts(), **self._untold(), **({"participants": first} if first else {})}
        self._answer = self._record(Kind.DATA_READ, details={**facts, **details, "rows": rows})
        self._record_participants(more)

    def begin(self, kind: Kind = Kind.DATA_READ, **details: Any) -> None:
        """Write down that rows are about to leave as they are read."""
        self._answer = self._record(kind, details={**self._facts(), **self._untold(), **details})
        self._record_participants(self._chunks())

    def end(self, is_complete: bool, verb: str = "served") -> None:
        """Write down how many rows left, and whether the client took all of them."""
        rows = self.stream.served
        self._record(
            Kind.DATA_SERVED,
            f"{rows} rows were {verb}{'' if is_complete else ', and the answer ended early'}.",
            Outcome.OK if is_complete else Outcome.FAILED,
            details={"answer": self._answer, "rows": rows, "isComplete": is_complete, **self._facts()},
        )

    def _see(self, batch: Mapping[str, set[str]]) -> None:
        """Take note of whose rows are about to leave; in an answer that has begun, write down who is new in it."""
        for place, participants in batch.items():
            known = self._known.setdefault(place, set())
            self._new += [(place, each) for each in sorted(participants - known)]
            known |= participants
        if self._answer is not None:
            self._record_participants(self._chunks())

    def _chunks(self) -> list[dict[str, list[str]]]:
        """Return who is not written down yet, in parts that are small enough for a row of the log."""
        new, self._new = self._new, []
        return _chunks(self.call, new)

    def _record_participants(self, chunks: Sequence[dict[str, list[str]]]) -> None:
        for chunk in chunks:
            comment = f"Rows of {sum(map(len, chunk.values()))} participants are served."
            details = {"answer": self._answer, "participants": chunk}
            self._record(Kind.PARTICIPANTS_SERVED, comment, details=details)

    def _untold(self) -> dict[str, Any]:
        return {"participantsNotTold": list(self.stream.untold)} if self.stream.untold else {}

    def _facts(self) -> dict[str, Any]:
        columns = self.stream.read if self.columns is None else self.columns
        elsewhere = list(_elsewhere(self.call))
        return {
            "columns": [column.name for column in columns],
            "phiOfColumns": self._highest().wire_name,
            **({"elsewhere": elsewhere} if elsewhere else {}),
        }

    def _highest(self) -> PhiLevel:
        """Return how identifying the columns are that were read, filtered by or sorted by."""
        return max((_level(column) for column in self._touched()), default=PhiLevel.NOT_PHI)

    def _touched(self) -> Iterator[Column]:
        yield from self.stream.read
        names = Names(self.table.columns, self.query.find)
        asked = [*(each.column for each in self.query.filters), *(name for name, _ in self.query.sort)]
        yield from (column for name in asked if (column := names.find(name)) is not None)
        if any(each.op.lower() in _OF_ALL_COLUMNS for each in self.query.filters):
            yield from self.table.columns
        if isinstance(self.table, SqlTable):
            for use in self.table.statement.uses:
                yield from use.columns.values()

    def _record(
        self, kind: Kind, comment: str = "", outcome: Outcome = Outcome.OK, *, details: Mapping[str, Any]
    ) -> int:
        return self.call.record(kind, comment, outcome, schema=self.schema, query=self.table.name, details=details)


def participant_name(table: SourceTable) -> str:
    """Return the name of a table's participant column, also of one that the caller does not see."""
    storage = table.participant.storage if table.participant else ""
    return next((column.name for column in table.shape.columns if storage and column.stored_as == storage), "")


def sent_back(
    call: Call, schema: str, table: SourceTable, columns: Sequence[str], participants: Collection[str]
) -> dict[str, Any]:
    """Say in the details of a change what of the stored rows goes back to the client, and whose rows they are."""
    sent = [column for column in table.columns if column.name in columns]
    highest = max((_level(column) for column in sent), default=PhiLevel.NOT_PHI)
    said = {"answered": list(columns), "phiOfColumns": highest.wire_name}
    if table.participant is None:
        return said
    if not participants:
        return {**said, "participantsNotTold": [table.participant.of]}
    first, *more = _chunks(call, [(table.participant.of, each) for each in sorted(participants)])
    for chunk in more:
        call.record(Kind.PARTICIPANTS_SERVED, schema=schema, query=table.name, details={**said, "participants": chunk})
    return {**said, "participants": first}


def asked_for(query: Query, table: Table) -> dict[str, Any]:
    """Say for the audit log what was asked of a table beside its columns."""
    # Columns and operators, but no filter values: those can be the very data that the log must not spread.
    sort = sorted_by(query, table)
    return {"filters": filtered_by(query, table), **({"sort": sort} if sort else {}), **table.traces}


def filtered_by(query: Query, table: Table) -> list[str]:
    """Name what the rows were filtered by; unknown names had no effect, and a client may send any number of them."""
    names = Names(table.columns, query.find)
    known = [each for each in query.filters if each.is_known]
    columns = ((names.find(each.column), each.op.lower()) for each in known)
    every = {f"*~{each.op.lower()}" for each in known if each.op.lower() in _OF_ALL_COLUMNS}
    return sorted(every | {f"{column.name}~{op}" for column, op in columns if column and f"*~{op}" not in every})


def sorted_by(query: Query, table: Table) -> list[str]:
    """Name what the rows were sorted by: their order tells of a column also where its values are not shown."""
    names = Names(table.columns, query.find)
    return [column.name for name, _ in query.sort if (column := names.find(name)) is not None]


def _chunks(call: Call, named: Sequence[tuple[str, str]]) -> list[dict[str, list[str]]]:
    """Return participants with their tables by table, in parts that are small enough for a row of the log."""
    chunks: list[dict[str, list[str]]] = []
    for start in range(0, len(named), _MOST_PARTICIPANTS):
        chunk: dict[str, list[str]] = {}
        for place, participant in named[start : start + _MOST_PARTICIPANTS]:
            chunk.setdefault(place, []).append(participant)
        mode, names = call.settings.participants_in_log, call.site.participants
        chunks.append({place: names.written(each, mode) for place, each in chunk.items()})
    return chunks


def _level(column: Column) -> PhiLevel:
    # Of a blank column nothing is told, whatever it would tell.
    return PhiLevel.NOT_PHI if column.is_blank else level_of(column)


def _elsewhere(call: Call) -> Iterator[dict[str, Any]]:
    """Say what was declared in each other folder that is drawn on; folders with the same declaration stand together."""
    folders: dict[DeclaredContext, list[str]] = {}
    for there in call.visited.values():
        if there.folder.id != call.folder.id:
            folders.setdefault(there.context, []).append(there.folder.path)
    for context, paths in folders.items():
        said = {name: value for name, value in declared_in(context).items() if name != "impersonating"}
        more = {"andMore": len(paths) - _MOST_NAMED} if len(paths) > _MOST_NAMED else {}
        yield {"folders": sorted(paths)[:_MOST_NAMED], **more, **said}
