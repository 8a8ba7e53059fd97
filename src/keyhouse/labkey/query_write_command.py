"""One command carried out in an open transaction: rows read, written, and told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keyhouse.core.permissions import Permission
from keyhouse.data.write import Intake, RowFaults, TableWriter, Values
from keyhouse.labkey.query_write_audit import Changes
from keyhouse.labkey.query_write_errors import BatchError, RowError
from keyhouse.labkey.query_write_request import SentRow, WriteRequest
from keyhouse.labkey.query_write_values import on_wire
from keyhouse.schemas.reading import participant_name, sent_back
from keyhouse.schemas.writing import Change, Target, target_of
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

NOT_FOUND = "The existing row was not found."
_PERMISSIONS = {
    "insert": Permission.INSERT,
    "insertWithKeys": Permission.INSERT,
    "importRows": Permission.INSERT,
    "update": Permission.UPDATE,
    "updateChangingKeys": Permission.UPDATE,
    "delete": Permission.DELETE,
}
_DONE = {Permission.INSERT: "inserted", Permission.UPDATE: "updated", Permission.DELETE: "deleted"}
VERBS = {verb.lower(): verb for verb in _PERMISSIONS}


@dataclass(frozen=True)
class Command:
    """A request and the table that it is about."""

    call: Call
    request: WriteRequest
    target: Target

    def carry_out(self, change: Change) -> dict[str, Any]:
        """Write the rows and return the answer. Raises `BatchError` before anything is written if a row is wrong."""
        intake, writer = self.target.intake(change.transaction), self.target.writer(change.transaction)
        changes = Changes(self.target.table.columns, participant_name(self.target.table))
        rows, count = _STEPS[_PERMISSIONS[self.request.verb]](self, intake, writer, changes)
        done = f"{count} {'row' if count == 1 else 'rows'} {_DONE[_PERMISSIONS[self.request.verb]]}"
        details = self.request.auditing.described(self.request.verb, count, self.columns(intake), changes)
        if self.request.has_rows_in_answer and any(rows) and self.request.verb != "delete":
            # What is stored goes back, with columns that the client did not send: that is a reading too.
            target = self.target
            details |= sent_back(target.call, target.schema.name, target.table, list(rows[0]), changes.participants)
        change.note(self.target, f"{done}.", details)
        return self._answer(rows, count)

    def columns(self, intake: Intake) -> list[str]:
        """Name the columns of the table that the rows speak of."""
        names: dict[str, None] = {}
        for row in self.request.rows:
            names.update(dict.fromkeys(row.values))
        return intake.known(names)

    def read_all(self, read: Callable[[SentRow], Any]) -> list[Any]:
        """Read every row; raises `BatchError` with all that is wrong."""
        found, errors = [], []
        for number, row in enumerate(self.request.rows, 1):
            try:
                found.append(read(row))
            except RowFaults as faults:
                errors.append(RowError(faults.faults, number, row.values))
        self.refuse(errors)
        return found

    def refuse(self, errors: Sequence[RowError]) -> None:
        """Raise `BatchError` if there are any."""
        if errors:
            names = (self.target.schema.name, self.target.table.name)
            raise BatchError(self.call, errors, names, self.request.extra_context)

    def shown(self, row: Values) -> dict[str, Any]:
        """Return a stored row as the caller may see it."""
        if not self.target.call.may(Permission.READ):
            return {}
        columns = [each for each in self.target.table.columns if each.name in row or each.is_blank]
        return {column.name: None if column.is_blank else on_wire(row[column.name]) for column in columns}

    def _answer(self, rows: Sequence[Mapping[str, Any]], count: int) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "schemaName": self.target.schema.name,
            "queryName": self.target.table.name,
            "command": self.request.verb,
            "containerPath": self.target.call.folder.path,
            "rowsAffected": count,
        }
        if self.request.has_rows_in_answer:
            answer["rows"] = [self._with_keys(row, sent) for row, sent in zip(rows, self._sent(rows), strict=True)]
        if self.request.extra_context:
            answer["extraContext"] = self.request.extra_context
        return answer

    def _sent(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[SentRow | None]:
        return self.request.rows if len(rows) == len(self.request.rows) else [None] * len(rows)

    def _with_keys(self, row: Mapping[str, Any], sent: SentRow | None) -> Mapping[str, Any]:
        if sent is None or sent.old_keys is None:
            return row
        return {"values": row, "oldKeys": sent.old_keys}


def prepare(call: Call, request: WriteRequest) -> Command:
    """Find the table of a request; raises `WireError`, also where the caller may not do this."""
    return Command(call, request, target_of(call, request.schema_name, request.query_name, _PERMISSIONS[request.verb]))


class Audited(Protocol):
    """A command that says how it is to be audited."""

    @property
    def request(self) -> WriteRequest: ...


def finish(change: Change, command: Audited, answer: dict[str, Any]) -> dict[str, Any]:
    """Add what is known once the change is committed."""
    if command.request.auditing.is_answered and change.sequence is not None:
        answer |= {"transactionAuditId": change.sequence, "reselectRowCount": False}
    return answer


def _insert(command: Command, intake: Intake, writer: TableWriter, changes: Changes) -> tuple[list[Any], int]:
    names = dict.fromkeys(name for row in command.request.rows for name in row.values)
    lacking = intake.lacking(list(names))
    command.refuse([RowError(lacking)] if lacking else [])
    rows = command.read_all(lambda row: intake.new(row.values))
    is_detailed = command.request.auditing.is_detailed
    if not command.request.has_rows_in_answer and not is_detailed:
        return [], writer.insert_many(rows)
    stored = []
    for number, values in enumerate(rows, 1):
        row = writer.insert(values)
        changes.add(number, row, list(values))
        stored.append(command.shown(row))
    return stored, len(stored)


def _update(command: Command, intake: Intake, writer: TableWriter, changes: Changes) -> tuple[list[Any], int]:
    changes_keys = command.request.verb == "updateChangingKeys"
    read = command.read_all(lambda row: (intake.key(row.identity), intake.changed(row.values, changes_keys)))
    stored = []
    for number, (key, values) in enumerate(read, 1):
        old = writer.find(key) if command.request.auditing.is_detailed else None
        row = writer.update(key, values)
        if row is None:
            raise NotFound(NOT_FOUND, {"rowNumber": number})
        changes.add(number, row, [name for name in values if old is None or old.get(name) != row.get(name)])
        stored.append(command.shown(row))
    return stored, len(stored)


def _delete(command: Command, intake: Intake, writer: TableWriter, changes: Changes) -> tuple[list[Any], int]:
    keys = command.read_all(lambda row: intake.key(row.identity))
    deleted = []
    for number, (key, sent) in enumerate(zip(keys, command.request.rows, strict=True), 1):
        old = writer.find(key) if command.request.auditing.is_detailed else None
        if writer.delete(key):
            changes.add(number, old, ())
            deleted.append({name: on_wire(value) for name, value in sent.values.items()})
    return deleted, len(deleted)


_STEPS = {Permission.INSERT: _insert, Permission.UPDATE: _update, Permission.DELETE: _delete}
