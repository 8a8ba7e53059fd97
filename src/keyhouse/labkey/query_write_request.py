"""What a client asks to be written (client-api.md, sections 8.3 and 8.4)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from keyhouse.labkey.query_write_audit import Auditing
from keyhouse.labkey.query_write_values import on_wire
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, WireError
from keyhouse.web.parameters import Parameters

NO_ROWS = "No 'rows' array supplied."
_LONG_NUMBER = re.compile(rb"\d[\d.]{15}")
_LARGEST_EXPONENT = 400
_WITH_KEYS = {"insertwithkeys", "updatechangingkeys"}


@dataclass(frozen=True)
class SentRow:
    """One row as it was sent; `old_keys` says which row is meant where its keys are to change."""

    values: Mapping[str, Any]
    old_keys: Mapping[str, Any] | None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """What says which row is meant."""
        return self.old_keys or self.values


@dataclass(frozen=True)
class WriteRequest:
    """One command. `verb` is in the letter case of the original."""

    verb: str
    schema_name: str
    query_name: str
    rows: Sequence[SentRow]
    auditing: Auditing
    has_rows_in_answer: bool
    extra_context: Mapping[str, Any]


def read(call: Call, verb: str) -> WriteRequest:
    """Read a request of one command; raises `WireError`."""
    parameters = call.parameters
    return _request(verb, exact_body(call), _named(parameters, "schemaName"), _named(parameters, "queryName"))


def read_command(command: Mapping[str, Any], verb: str) -> WriteRequest:
    """Read one of several commands; raises `WireError`."""
    folded = {str(name).lower(): value for name, value in command.items()}
    names = [folded.get(name) for name in ("schemaname", "queryname")]
    for value, name in zip(names, ("schemaName", "queryName"), strict=True):
        if not isinstance(value, str) or not value.strip():
            raise WireError(f"No value was supplied for the required parameter '{name}'.")
    return _request(verb, command, str(names[0]).strip(), str(names[1]).strip())


def exact_body(call: Call) -> Mapping[str, Any]:
    """Return the JSON body; numbers with more digits than a float holds are kept exact."""
    body = call.parameters.body
    if not body or not _LONG_NUMBER.search(call.request.body):
        return body
    try:
        found = json.loads(call.request.body, parse_float=_exact)
    except ValueError:  # it was read leniently
        return body
    return found if isinstance(found, dict) else body


def _exact(text: str) -> Decimal | float:
    # Written out, 1e-999999999 has a billion digits; what a float cannot hold has no digits to keep.
    try:
        number = Decimal(text)
    except InvalidOperation:  # the exponent is more than a decimal has
        return float(text)
    return number if abs(number.adjusted()) <= _LARGEST_EXPONENT else float(text)


def sent_rows(rows: Any, verb: str) -> list[SentRow]:
    """Read the rows of a command; raises `BadRequest` for what is no list of objects."""
    if not isinstance(rows, list) or not rows:
        raise BadRequest(NO_ROWS)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise BadRequest(f"Row {number} of the 'rows' array is not an object with the columns as its names.")
    return [_sent(row, verb) for row in rows]


def flag(value: Any, default: bool = False) -> bool:
    """Read a boolean in any of the spellings of the clients."""
    return Parameters([("flag", value)], {}).flag("flag", default=default)


def _request(verb: str, body: Mapping[str, Any], schema_name: str, query_name: str) -> WriteRequest:
    folded = {str(name).lower(): value for name, value in body.items()}
    context = folded.get("extracontext")
    return WriteRequest(
        verb=verb,
        schema_name=schema_name,
        query_name=query_name,
        rows=sent_rows(folded.get("rows"), verb),
        auditing=Auditing.of(lambda name: folded.get(name.lower())),
        has_rows_in_answer=verb != "importRows" and not flag(folded.get("skipreselectrows")),
        extra_context=on_wire(context) if isinstance(context, dict) else {},
    )


def _named(parameters: Parameters, name: str) -> str:
    value = parameters.text(name, f"query.{name}").strip()
    if not value:
        raise WireError(f"No value was supplied for the required parameter '{name}'.")
    return value


def _sent(row: dict[str, Any], verb: str) -> SentRow:
    values = row.get("values")
    if verb.lower() not in _WITH_KEYS or not isinstance(values, dict):
        return SentRow(row)
    old_keys = row.get("oldKeys")
    return SentRow(values, old_keys if isinstance(old_keys, dict) else {})
