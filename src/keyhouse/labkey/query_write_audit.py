"""What the audit log says of a change, as far as the client may choose it.

A value never goes into the log: the log is read by people who may not see the data. So DETAILED does not mean, as in
the original, the old values and the new ones. It means which columns of which row were changed, and a row is named
by what is no data: the number that the database gave it, its entity id, or else its place in the request.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from keyhouse.data import Column
from keyhouse.data.participants import participant_text
from keyhouse.web.errors import BadRequest

_TOLD_ROWS = 1000
_TEXT = 200
_DETAILS = ("Product", "EditMethod", "RequestSource", "ClientLibrary", "Action", "ImportFileName", "ImportOptions")


class Behavior(StrEnum):
    """How much is to be said. Keyhouse writes one event for each command in any case."""

    NONE = "NONE"
    SUMMARY = "SUMMARY"
    DETAILED = "DETAILED"


@dataclass(frozen=True)
class Auditing:
    """What the client chose; `is_answered` says whether it is told the place of the change in the log."""

    behavior: Behavior = Behavior.SUMMARY
    was_asked: bool = False
    comment: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_answered(self) -> bool:
        """Tell whether the answer names the event: only where it was asked for, as for a table of the original."""
        return self.was_asked and self.is_told

    @property
    def is_told(self) -> bool:
        """Tell whether the client wants an event at all."""
        return self.behavior is not Behavior.NONE

    @property
    def is_detailed(self) -> bool:
        """Tell whether the rows are named."""
        return self.behavior is Behavior.DETAILED

    @classmethod
    def of(cls, given: Callable[[str], Any]) -> "Auditing":
        """Read the three parameters, `given` by their names; raises `BadRequest` for an unknown behaviour."""
        behavior = given("auditBehavior")
        name = str(behavior or Behavior.SUMMARY).strip().upper()
        if name not in Behavior.__members__:
            raise BadRequest("'auditBehavior' must be one of NONE, SUMMARY and DETAILED.")
        comment = str(given("auditUserComment") or "")[:4000]
        return cls(Behavior[name], bool(behavior), comment, _known(given("auditDetails")))

    def described(self, command: str, rows: int, columns: Sequence[str], changes: "Changes") -> dict[str, Any]:
        """Return the details of one event."""
        told: dict[str, Any] = {"command": command, "rows": rows, "columns": list(columns)}
        if self.comment:
            told["userComment"] = self.comment
        if self.details:
            told["clientDetails"] = dict(self.details)
        return told | (changes.described() if self.is_detailed else {})


class Changes:
    """Which columns of which rows were changed, up to a number of rows. Column `participant` says whose they are."""

    def __init__(self, columns: Sequence[Column], participant: str = "") -> None:
        self._participant = participant
        self.participants: set[str] = set()
        """Whose rows were written, where the table tells that."""
        ids = [column.name for column in columns if column.name.casefold() == "entityid"]
        self._handles = [*(column.name for column in columns if column.key and column.auto_increment), *ids][:1]
        self._rows: list[dict[str, Any]] = []
        self._left_out = 0

    def add(self, number: int, row: Mapping[str, Any] | None, columns: Sequence[str]) -> None:
        """Note a row, `number` being its place in the request and `row` what is stored."""
        if row and self._participant and row.get(self._participant) is not None:
            self.participants.add(participant_text(row[self._participant]))
        if len(self._rows) >= _TOLD_ROWS:
            self._left_out += 1
            return
        handle = next((str(row[name]) for name in self._handles if row and row.get(name) is not None), None)
        named: dict[str, Any] = {"row": number} if handle is None else {"key": handle}
        self._rows.append({**named, "columns": list(columns)})

    def described(self) -> dict[str, Any]:
        """Return what was noted."""
        return {"changes": self._rows, **({"changesLeftOut": self._left_out} if self._left_out else {})}


def _known(details: Any) -> dict[str, str]:
    """Keep the names that the original knows, matched without regard to case; a text may be JSON."""
    if isinstance(details, str):
        try:
            details = json.loads(details)
        except (ValueError, RecursionError):
            return {}
    if not isinstance(details, dict):
        return {}
    folded = {str(name).casefold(): value for name, value in details.items()}
    found = {name: folded.get(name.casefold()) for name in _DETAILS}
    return {name: str(value)[:_TEXT] for name, value in found.items() if isinstance(value, str | int | bool)}
