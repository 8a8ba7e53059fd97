"""The facts about a credential, from the store: one read each, nothing remembered between requests."""

from datetime import timedelta

from django.db.models import Exists, F, Q, QuerySet

from keyhouse.accounts.models import User
from keyhouse.core.context import DeclaredContext
from keyhouse.core.decision import KeyFacts, Principal, SessionFacts
from keyhouse.core.phi import PhiLevel
from keyhouse.keys.models import ApiKey, SessionKey
from keyhouse.sessions.models import BrowserSession
from keyhouse.siteconfig import store
from keyhouse.siteconfig.models import SiteSetting

_NOBODY = Principal(0, "(deleted user)", "(deleted user)")
_KEYS_REFUSED = SiteSetting.objects.filter(name="refuseAllApiKeys", value=True)


def principal_of(user: User) -> Principal:
    """Return a user as the value that the rest of Keyhouse passes around."""
    return Principal(user.id, user.email, user.display_name)


def key_by_digest(digest: str) -> KeyFacts | None:
    """Return what is known of the API key with this digest."""
    return _key_facts(ApiKey.objects.filter(digest=digest))


def key_by_id(key_id: str) -> KeyFacts | None:
    """Return what is known of the API key with this public id; only for an id that we signed ourselves."""
    return _key_facts(ApiKey.objects.filter(key_id=key_id))


def session_by_digest(digest: str) -> SessionFacts | None:
    """Return what is known of the signed-in browser session whose cookie has this digest."""
    return _session_facts(BrowserSession.objects.filter(digest=digest))


def session_of_key(digest: str) -> SessionFacts | None:
    """Return what is known of the browser session to which the session key with this digest belongs."""
    owner = SessionKey.objects.filter(digest=digest).values("session_id")
    return _session_facts(BrowserSession.objects.filter(id__in=owner))


def user_by_id(user_id: int, generation: int) -> Principal | None:
    """Return an active user whose sessions of this generation still stand."""
    user = User.objects.filter(id=user_id, is_active=True, session_generation=generation).first()
    return principal_of(user) if user else None


def _key_facts(found: QuerySet[ApiKey]) -> KeyFacts | None:
    row = (
        found.annotate(are_keys_refused=Exists(_KEYS_REFUSED))
        .values_list(
            "key_id",
            "owner__id",
            "owner__email",
            "owner__display_name",
            "owner__is_active",
            "expires_at",
            "revoked_at",
            "revoked_why",
            "are_keys_refused",
            "created_at",
        )
        .first()
    )
    if row is None:
        return None
    key_id, owner_id, email, display_name, is_active, expires_at, revoked_at, why, are_keys_refused, created_at = row
    return KeyFacts(
        key_id=key_id,
        owner=Principal(owner_id, email, display_name) if owner_id is not None else _NOBODY,
        is_owner_active=bool(is_active),
        expires_at=expires_at,
        # A key without an owner is the tombstone of a deleted user's: it can never come back to life.
        revoked_at=revoked_at or (created_at if owner_id is None else None),
        was_rotated=why == ApiKey.RevokedWhy.ROTATED,
        are_keys_refused=are_keys_refused,
    )


def _session_facts(found: QuerySet[BrowserSession]) -> SessionFacts | None:
    alive = Q(user__isnull=False, generation=F("user__session_generation"))
    session = found.filter(alive).select_related("user").first()
    if session is None or session.user is None:
        return None
    idle = timedelta(seconds=store.read().session_idle_seconds)
    return SessionFacts(
        session_id=session.public_id,
        user=principal_of(session.user),
        is_user_active=session.user.is_active,
        idle_until=session.last_seen_at + idle,
        ends_at=session.ends_at,
        context=DeclaredContext(
            purpose=session.purpose,
            irb_number=session.irb_number,
            phi_level=PhiLevel(session.phi_level) if session.phi_level is not None else None,
            terms_version=session.terms_version,
        ),
    )
