"""What an event is, and the bytes that its digest covers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from keyhouse.core.assurance import HowSignedIn
from keyhouse.core.caller import Caller
from keyhouse.core.context import DeclaredContext
from keyhouse.core.tokens import redacted

GENESIS = "0" * 64
"""The digest before the first event."""


class Kind(StrEnum):
    """What happened."""

    SIGN_IN = "sign-in"
    SIGN_IN_FAILED = "sign-in failed"
    SIGN_OUT = "sign-out"
    SESSION_ENDED = "session ended"
    SESSIONS_READ = "sessions read"
    PASSWORD_CHANGED = "password changed"  # noqa: S105
    PASSWORD_RESET_ASKED = "password reset asked"  # noqa: S105
    REGISTRATION_ASKED = "registration asked"
    IDENTITY_LINKED = "identity linked"
    IDENTITY_UNLINKED = "identity unlinked"
    FACTOR_CHANGED = "second factor changed"
    FRESH_SIGN_IN = "fresh sign-in"
    CONFIGURATION_CHANGED = "sign-in configuration changed"
    KEY_ISSUED = "key issued"
    KEY_USED = "key used"
    KEY_REFUSED = "key refused"
    KEY_ROTATED = "key rotated"
    KEY_REVOKED = "key revoked"
    KEY_CHANGED = "key changed"
    KEY_EXPIRED = "key expired"
    KEY_IMPORTED = "key imported"
    DEVICE_LOGIN_STARTED = "device login started"
    DEVICE_LOGIN_APPROVED = "device login approved"
    DEVICE_LOGIN_DENIED = "device login denied"
    THROTTLED = "throttled"
    SETTING_CHANGED = "setting changed"
    ACCOUNTS_READ = "accounts read"
    USER_ADDED = "user added"
    USER_CHANGED = "user changed"
    USER_DEACTIVATED = "user deactivated"
    USER_REACTIVATED = "user reactivated"
    USER_DELETED = "user deleted"
    GROUP_CHANGED = "group changed"
    ROLE_CHANGED = "role changed"
    FOLDER_CHANGED = "folder changed"
    TERMS_CHANGED = "terms changed"
    DEMAND_CHANGED = "demand changed"
    DECLARATION_MADE = "declaration made"
    DECLARATION_CARRIED = "declaration carried"
    SOURCE_CHANGED = "source changed"
    IMPERSONATION_STARTED = "impersonation started"
    IMPERSONATION_STOPPED = "impersonation stopped"
    MARKS_CHANGED = "marks changed"
    LIST_CREATED = "list created"
    LIST_CHANGED = "list changed"
    LIST_DELETED = "list deleted"
    VIEW_CHANGED = "view changed"
    QUERY_CHANGED = "query changed"
    DATA_READ = "data read"
    DATA_SERVED = "data served"
    PARTICIPANTS_SERVED = "participants served"
    DATA_EXPORTED = "data exported"
    SCRIPT_EXPORTED = "script exported"
    DATA_CHANGED = "data changed"
    FILE_READ = "file read"
    FILE_CHANGED = "file changed"
    ACCESS_REFUSED = "access refused"
    AUDIT_READ = "audit read"
    AUDIT_MAINTAINED = "audit maintained"
    LOGGER_CHANGED = "logger level changed"


class Outcome(StrEnum):
    """How it ended."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Event:
    """Something that happened, before it has a place in the chain."""

    kind: Kind
    caller: Caller
    comment: str = ""
    outcome: Outcome = Outcome.OK
    reason: str = ""
    folder: str = ""
    schema: str = ""
    query: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def columns_of(event: Event, sequence: int, at: datetime, previous_digest: str) -> dict[str, Any]:
    """Lay an event out as the columns of its row, digest included."""
    caller, context = event.caller, event.caller.context
    details = {**event.details, **declared_in(context), **signed_in_by(caller.via.how)}
    columns = {
        "sequence": sequence,
        "at": at.astimezone(UTC),
        "kind": event.kind.value,
        "outcome": event.outcome.value,
        "reason": _text(event.reason, 60),
        "comment": _text(event.comment, 4000),
        "user_id": caller.principal.id,
        "user": _text(caller.principal.email, 254),
        "impersonator_id": context.impersonator_id,
        "via": _text(caller.via.method, 60),
        "key_id": _text(caller.via.key_id or "", 80),
        "session_id": _text(caller.via.session_id or "", 64),
        "address": _text(caller.address, 64),
        "user_agent": _text(caller.user_agent, 512),
        "folder": _text(event.folder, 1024),
        "schema": _text(event.schema, 255),
        "query": _text(event.query, 255),
        "details": _plain(details),
        "previous_digest": previous_digest,
    }
    return {**columns, "digest": digest_of(columns)}


def declared_in(context: DeclaredContext) -> dict[str, Any]:
    """Return what the details of an event tell of the declarations in force and of an impersonation."""
    impersonation = context.impersonation
    declared = {
        "purpose": context.purpose,
        "irbNumber": context.irb_number,
        "phiLevel": context.phi_level.wire_name if context.phi_level is not None else None,
        "terms": [{"folder": each.place, "version": each.version, "digest": each.digest} for each in context.terms],
        "declaration": context.declaration,
        "impersonating": f"{impersonation.guise}: {impersonation.label}" if impersonation else None,
    }
    return {name: value for name, value in declared.items() if value not in (None, [])}


def signed_in_by(how: HowSignedIn | None) -> dict[str, Any]:
    """Return what the details of an event tell of the sign-in behind it."""
    if how is None:
        return {}
    at = how.at.astimezone(UTC).isoformat(timespec="seconds")
    told = {"provider": how.provider, "methods": list(how.methods), "assurance": how.assurance.value, "at": at}
    return {"signIn": told}


def digest_of(columns: Mapping[str, Any]) -> str:
    """Return the digest of a row: SHA-256 of its columns as canonical JSON, the digest before it among them."""
    plain = {name: value for name, value in columns.items() if name != "digest"}
    plain["at"] = columns["at"].astimezone(UTC).isoformat(timespec="microseconds")
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _text(value: str, length: int) -> str:
    return storable(value)[:length]


def storable(value: str) -> str:
    """Return a text as the log keeps it."""
    # PostgreSQL stores neither NUL nor lone surrogates; an attacker's user agent may have both, or a key.
    return redacted(value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8"))


def _plain(value: Any) -> Any:
    # What comes back from the database must be what the digest covered: PostgreSQL's jsonb writes floats its own way.
    match value:
        case None | bool() | int():
            return value
        case Mapping():
            return {storable(str(name)): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return storable(str(value))
