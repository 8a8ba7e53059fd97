"""Tables that a caller may write, and changes that are never committed without their trace.

The database of the rows is not the one of the audit log, so no transaction spans both. The events of a change are
durable before its COMMIT is sent; if the COMMIT then fails, a second event for each says so. A crash between the two
leaves a trace without a change, never a change without a trace.
"""

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from keyhouse.audit import Kind, Outcome
from keyhouse.core.permissions import Permission
from keyhouse.data import RowRefused, Source, SourceTable
from keyhouse.data.days import in_utc
from keyhouse.data.write import Intake, Rule, Stamp, TableWriter, Transaction
from keyhouse.lists.errors import BadDesign
from keyhouse.lists.find import fields_of
from keyhouse.lists.rules import rules_by_field
from keyhouse.schemas.errors import told
from keyhouse.schemas.find import Schema, find_schema
from keyhouse.schemas.lists import ListTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, WireError

log = logging.getLogger("keyhouse.data")


class RefusedByDatabase(WireError):
    """A row breaks a rule of the database; the text is the database's own, and the status the original's."""


@dataclass(frozen=True)
class Target:
    """A table whose rows in the folder of `call` are to be written."""

    call: Call
    schema: Schema
    table: SourceTable
    source: Source

    @property
    def has_folders(self) -> bool:
        """Tell whether rows belong to folders, as those of lists do."""
        return self.table.shape.container is not None

    def intake(self, transaction: Transaction, is_file: bool = False, **options: Any) -> Intake:
        """Return what reads rows for this table. In files, and in lists, an empty text means nothing."""
        is_blank_null = is_file or self.has_folders
        shape, columns = self.table.shape, self.table.columns
        more = {"rules": self._rules(), **options}
        return Intake(shape, columns, transaction.is_sqlite, blank_is_null=is_blank_null, **more)

    def _rules(self) -> Mapping[str, Sequence[Rule]]:
        if not isinstance(self.table, ListTable):
            return {}
        try:
            return rules_by_field(fields_of(self.table.design))
        except BadDesign as error:
            # It was kept before validators were looked at.
            raise BadRequest(f"{error}. Whoever designs this list must mend that before rows are written.") from None

    def writer(self, transaction: Transaction) -> TableWriter:
        """Return what writes rows of this table."""
        shape = self.table.shape
        seen = {column.name for column in self.table.columns if not column.is_blank}
        unseen = {column.name for column in shape.columns} - seen
        return TableWriter(transaction, shape, self.table.schema, self._stamp(), unseen)

    def _stamp(self) -> Stamp:
        call = self.call
        at = in_utc(call.site.clock())
        return Stamp(call.principal.id, at, str(call.folder.entity_id), lambda: str(uuid.uuid4()))


@dataclass
class Change:
    """One open transaction, and what the audit log will say of it."""

    source: Source
    transaction: Transaction
    sequence: int | None = None
    """The place in the audit log of the first event, once the change is committed."""
    _notes: list[tuple[Target, str, dict[str, Any]]] = field(default_factory=list)

    def note(self, target: Target, comment: str, details: Mapping[str, Any]) -> None:
        """Say what was changed. No values: the log is read by more people than the data."""
        self._notes.append((target, comment, dict(details)))

    def record(self) -> None:
        """Write the notes into the audit log."""
        for target, comment, details in self._notes:
            of = {} if self.sequence is None else {"transaction": self.sequence}
            sequence = _record(target, comment, Outcome.OK, {**details, **of})
            self.sequence = self.sequence or sequence

    def record_failure(self) -> None:
        """Say in the audit log that what stands there did not happen."""
        for target, comment, details in self._notes:
            told_again = {**details, "transaction": self.sequence}
            _record(target, f"Not committed: {comment}", Outcome.FAILED, told_again)


def target_of(call: Call, schema_name: str, query_name: str, *permissions: Permission) -> Target:
    """Find a table to be written, in the words (and with the statuses) of the original's writing actions.

    Who may not read in the folder is refused before it is told whether there is such a table.
    """
    is_refused = not all(call.may(permission) for permission in permissions)
    if is_refused and not call.may(Permission.READ):
        refuse(call)
    call.require_declaration()
    schema = find_schema(call, schema_name)
    if schema is None:
        raise WireError(f"The schema '{schema_name[:255]}' does not exist.")
    table = schema.table(query_name)
    if table is None:
        raise WireError(f"The query '{query_name[:255]}' in the schema '{schema.name}' does not exist.")
    if is_refused:
        refuse(call)
    if not isinstance(table, SourceTable) or not isinstance(table.source, Source) or not table.source.spec.writable:
        raise WireError(
            f"The query '{table.name}' in the schema '{schema.name}' is not updatable via the HTTP-based APIs."
        )
    if not any(column.key for column in table.columns):
        where = f"{schema.name}.{table.name}"
        raise WireError(f"The table '{where}' cannot be updated because it has no primary key defined!")
    return Target(call, schema, table, table.source)


def in_folder_of(call: Call, path: str) -> Call:
    """Return the same call in another folder; the path may be an id, too. Raises `NotFound`."""
    from keyhouse.authz import folders

    try:
        return call.in_folder(folders.find(path))
    except folders.FolderNotFound as error:
        raise NotFound(str(error)) from None


def refuse(call: Call, error: WireError | None = None) -> NoReturn:
    """Refuse a call that lacks a permission, and write that down; `error` is for where clients expect other words."""
    refusal = call.refused()
    raise error or refusal


@contextmanager
def changing(call: Call, source: Source) -> Iterator[Change]:
    """Open a transaction of a source; at the end of the block its notes are recorded and then it is committed.

    An error in the block, or in recording, undoes everything. Raises `WireError` for what goes wrong at the database.
    """
    change: Change | None = None
    try:
        with _told(call), source.writing() as transaction:
            change = Change(source, transaction)
            yield change
            change.record()
    except BaseException:
        if change is not None and change.sequence is not None:
            change.record_failure()
        raise


@contextmanager
def _told(call: Call) -> Iterator[None]:
    with told(call):
        try:
            yield
        except RowRefused as error:
            # Its text has values of the row: for the client, not for the log.
            log.info("A row was refused by source %s (%s)", error.source, error.detail)
            raise RefusedByDatabase(str(error)) from None


def _record(target: Target, comment: str, outcome: Outcome, details: Mapping[str, Any]) -> int:
    return target.call.record(
        Kind.DATA_CHANGED, comment, outcome, schema=target.schema.name, query=target.table.name, details=details
    )
