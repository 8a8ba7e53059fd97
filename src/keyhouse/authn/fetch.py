"""The facts about a credential, from the store: one read each, nothing remembered between requests.

Each read is a statement written out. Building the same ones anew with the framework's query sets took twenty times as
long as running them (`make bench`), and they run on every request.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from keyhouse.accounts.models import User
from keyhouse.authz.stored import stored_moment
from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.core.context import NOTHING_DECLARED, DeclaredContext
from keyhouse.core.decision import EndedKeyFacts, KeyFacts, SessionFacts
from keyhouse.core.impersonation import Guise, Impersonation
from keyhouse.core.permissions import Role
from keyhouse.core.principal import Principal
from keyhouse.keys.models import ApiKey, KeyEnding
from keyhouse.siteconfig import SiteSettings

_NOBODY = Principal(0, "(deleted user)", "(deleted user)")

_KEY = """
SELECT held.key_id, owner.principal_ptr_id, owner.email, owner.display_name, owner.is_active,
       held.expires_at, held.revoked_at, held.revoked_why, held.created_at,
       held.provider, held.configuration_id, held.methods, held.assurance, held.signed_in_at,
       EXISTS (SELECT 1 FROM keyhouse_site_setting WHERE name = 'refuseAllApiKeys' AND value = 'true')
FROM keyhouse_api_key held LEFT JOIN keyhouse_user owner ON owner.principal_ptr_id = held.owner_id
"""

_SESSION = """
SELECT session.public_id, owner.principal_ptr_id, owner.email, owner.display_name, owner.is_active,
       session.provider, session.configuration_id, session.methods, session.assurance, session.signed_in_at,
       session.proved_at, session.created_at, session.last_seen_at, session.kept_at, session.ends_at,
       session.generation = owner.session_generation,
       (SELECT value FROM keyhouse_site_setting WHERE name = 'sessionIdleSeconds'),
       EXISTS (SELECT 1 FROM keyhouse_site_setting WHERE name = 'sessionKeysMayKeepAlive' AND value = 'true')
"""
_ACTING = "acting.id, acting.guise, acting.label, acting.target_id, acting.roles, acting.project_id"
_AND_OTHERS = """
JOIN keyhouse_user owner ON owner.principal_ptr_id = session.user_id
LEFT JOIN keyhouse_impersonation acting ON acting.session_id = session.id
"""
_BY_COOKIE = f"""{_SESSION}, 1 = 0, {_ACTING}
FROM keyhouse_browser_session session {_AND_OTHERS}
WHERE session.digest = %s"""
_BY_SESSION_KEY = f"""{_SESSION}, held.keeps_alive, {_ACTING}
FROM keyhouse_session_key held JOIN keyhouse_browser_session session ON session.id = held.session_id {_AND_OTHERS}
WHERE held.digest = %s"""
_OF_OPENED = f"""
SELECT owner.principal_ptr_id, owner.email, owner.display_name, {_ACTING}
FROM keyhouse_impersonation acting JOIN keyhouse_user owner ON owner.principal_ptr_id = acting.administrator_id
WHERE acting.cookie_id = %s"""  # noqa: S608
_ACTING_COLUMNS = 6
_ROLES = {role.value: role for role in Role}

_ENDED = """
SELECT ended.session_id, ended.why, owner.principal_ptr_id, owner.email, owner.display_name, owner.is_active
FROM keyhouse_ended_session_key ended LEFT JOIN keyhouse_user owner ON owner.principal_ptr_id = ended.user_id
WHERE ended.digest = %s
"""


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
    return _session_facts(_one(_BY_COOKIE, digest))


def session_of_key(digest: str) -> SessionFacts | None:
    """Return what is known of the browser session to which the session key with this digest belongs."""
    return _session_facts(_one(_BY_SESSION_KEY, digest))


def ended_session_key(digest: str) -> EndedKeyFacts | None:
    """Return what was kept of the ended session key with this digest."""
    row = _one(_ENDED, digest)
    if row is None:
        return None
    session_id, why, owner_id, email, display_name, is_active = row
    return EndedKeyFacts(
        session_id=session_id,
        owner=Principal(owner_id, email, display_name) if owner_id is not None else _NOBODY,
        is_owner_active=owner_id is None or bool(is_active),
        why=why,
        ended_alone=why in KeyEnding.values,
    )


def impersonation_of_cookie(cookie_id: str) -> Impersonation | None:
    """Return the impersonation that goes on in a session that a credential opened."""
    row = _one(_OF_OPENED, cookie_id)
    return _impersonation(Principal(*row[:3]), row[3:]) if row is not None else None


def enabled_configuration(number: int) -> str | None:
    """Return what people call a way to sign in, as long as it is switched on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT description FROM keyhouse_signin_configuration WHERE id = %s AND is_enabled", [number])
        row = cursor.fetchone()
    return str(row[0]) if row else None


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
    key_id, owner_id, email, display_name, is_active, expires_at, revoked_at, why, created_at = row[:9]
    return KeyFacts(
        key_id=key_id,
        owner=Principal(owner_id, email, display_name) if owner_id is not None else _NOBODY,
        is_owner_active=bool(is_active),
        expires_at=stored_moment(expires_at) if expires_at else None,
        # A key without an owner is the tombstone of a deleted user's: it can never come back to life.
        revoked_at=stored_moment(revoked_at or created_at) if revoked_at or owner_id is None else None,
        was_rotated=why == ApiKey.RevokedWhy.ROTATED,
        how=_how(row[9:14]),
        are_keys_refused=bool(row[14]),
    )


def _session_facts(row: Sequence[Any] | None) -> SessionFacts | None:
    if row is None:
        return None
    *known, is_current, seconds, may_keep, keeps = row[:-_ACTING_COLUMNS]
    session_id, user_id, email, display_name, is_active = known[:5]
    *recorded, proved_at = known[5:11]
    moments = known[11:]
    created_at, seen_at, kept_at, ends_at = (stored_moment(each) if each else None for each in moments)
    assert created_at and seen_at and ends_at
    idle = timedelta(seconds=int(seconds) if seconds is not None else SiteSettings().session_idle_seconds)
    # What a program did counts only while the site permits it: switched off, the person's own presence is left.
    there_at = max(seen_at, kept_at) if kept_at and may_keep else seen_at
    user = Principal(user_id, email, display_name)
    impersonation = _impersonation(user, row[-_ACTING_COLUMNS:])
    return SessionFacts(
        session_id=session_id,
        user=user,
        is_user_active=bool(is_active),
        idle_until=there_at + idle,
        ends_at=ends_at,
        context=DeclaredContext(impersonation=impersonation) if impersonation else NOTHING_DECLARED,
        idle=idle,
        newest_at=max(created_at, there_at),
        # A session of an older generation ended with the password or the account it was opened with.
        is_outdated=not is_current,
        is_kept_alive=bool(may_keep and keeps),
        how=_how(recorded, proved_at),
    )


def _how(recorded: Sequence[Any], proved_at: Any = None) -> HowSignedIn | None:
    provider, configuration, methods, assurance, at = recorded
    if provider is None or at is None:
        return None
    moment = stored_moment(at)
    proved = stored_moment(proved_at) if proved_at else moment
    return HowSignedIn(provider, configuration, tuple(methods.split()), Assurance(assurance), moment, proved)


def _impersonation(administrator: Principal, row: Sequence[Any]) -> Impersonation | None:
    number, guise, label, target_id, stored, project_id = row
    if number is None:
        return None
    names = json.loads(stored) if isinstance(stored, str) else stored
    # A role that only another version knows gives nothing.
    roles = tuple(_ROLES[name] for name in names if name in _ROLES)
    return Impersonation(administrator, Guise(guise), label, target_id, roles, project_id, number)
