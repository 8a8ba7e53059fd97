"""The facts about a credential, from the store: one read each, nothing remembered between requests.

Each read is a statement written out. Building the same ones anew with the framework's query sets took twenty times as
long as running them (`make bench`), and they run on every request.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from keyhouse.accounts.models import User
from keyhouse.core.decision import KeyFacts, SessionFacts
from keyhouse.core.principal import Principal
from keyhouse.keys.models import ApiKey
from keyhouse.siteconfig import SiteSettings

_NOBODY = Principal(0, "(deleted user)", "(deleted user)")

_KEY = """
SELECT held.key_id, owner.principal_ptr_id, owner.email, owner.display_name, owner.is_active,
       held.expires_at, held.revoked_at, held.revoked_why, held.created_at,
       EXISTS (SELECT 1 FROM keyhouse_site_setting WHERE name = 'refuseAllApiKeys' AND value = 'true')
FROM keyhouse_api_key held LEFT JOIN keyhouse_user owner ON owner.principal_ptr_id = held.owner_id
"""

_SESSION = """
SELECT session.public_id, owner.principal_ptr_id, owner.email, owner.display_name, owner.is_active,
       session.last_seen_at, session.ends_at,
       session.generation = owner.session_generation,
       (SELECT value FROM keyhouse_site_setting WHERE name = 'sessionIdleSeconds')
FROM keyhouse_browser_session session
     JOIN keyhouse_user owner ON owner.principal_ptr_id = session.user_id
"""

_OF_SESSION_KEY = "WHERE session.id = (SELECT session_id FROM keyhouse_session_key WHERE digest = %s)"


def principal_of(user: User) -> Principal:
    """Return a user as the value that the rest of Keyhouse passes around."""
    return Principal(user.id, user.email, user.display_name)


def key_by_digest(digest: str) -> KeyFacts | None:
    """Return what is known of the API key with this digest."""
    return _key_facts(_one(_KEY + "WHERE held.digest = %s", digest))


def key_by_id(key_id: str) -> KeyFacts | None:
    """Return what is known of the API key with this public id; only for an id that we signed ourselves."""
    return _key_facts(_one(_KEY + "WHERE held.key_id = %s", key_id))


def session_by_digest(digest: str) -> SessionFacts | None:
    """Return what is known of the signed-in browser session whose cookie has this digest."""
    return _session_facts(_one(_SESSION + "WHERE session.digest = %s", digest))


def session_of_key(digest: str) -> SessionFacts | None:
    """Return what is known of the browser session to which the session key with this digest belongs."""
    return _session_facts(_one(_SESSION + _OF_SESSION_KEY, digest))


def user_by_id(user_id: int, generation: int) -> Principal | None:
    """Return an active user whose sessions of this generation still stand."""
    user = User.objects.filter(id=user_id, is_active=True, session_generation=generation).first()
    return principal_of(user) if user else None


def _one(statement: str, value: str) -> Sequence[Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])
        row: Sequence[Any] | None = cursor.fetchone()
    return row


def _key_facts(row: Sequence[Any] | None) -> KeyFacts | None:
    if row is None:
        return None
    key_id, owner_id, email, display_name, is_active, expires_at, revoked_at, why, created_at, are_keys_refused = row
    return KeyFacts(
        key_id=key_id,
        owner=Principal(owner_id, email, display_name) if owner_id is not None else _NOBODY,
        is_owner_active=bool(is_active),
        expires_at=_moment(expires_at) if expires_at else None,
        # A key without an owner is the tombstone of a deleted user's: it can never come back to life.
        revoked_at=_moment(revoked_at or created_at) if revoked_at or owner_id is None else None,
        was_rotated=why == ApiKey.RevokedWhy.ROTATED,
        are_keys_refused=bool(are_keys_refused),
    )


def _session_facts(row: Sequence[Any] | None) -> SessionFacts | None:
    if row is None:
        return None
    session_id, user_id, email, display_name, is_active, last_seen_at, ends_at, is_current, idle = row
    idle_seconds = int(idle) if idle is not None else SiteSettings().session_idle_seconds
    return SessionFacts(
        session_id=session_id,
        user=Principal(user_id, email, display_name),
        is_user_active=bool(is_active),
        idle_until=_moment(last_seen_at) + timedelta(seconds=idle_seconds),
        # A session of an older generation ended with the password or the account it was opened with.
        ends_at=_moment(ends_at if is_current else last_seen_at),
    )


def _moment(value: datetime | str) -> datetime:
    """Return a stored moment as one that knows its zone: SQLite keeps UTC without saying so."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
