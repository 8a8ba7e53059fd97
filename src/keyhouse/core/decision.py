"""The decision: facts about each credential in, one answer out.

The caller fetches the facts; nothing here reads a store or a clock. The answer is `Allowed` or `Denied`, and `Denied`
says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keyhouse.core.context import NOTHING_DECLARED, DeclaredContext
from keyhouse.core.credentials import KeyCredential, Presented, Source, Unreadable
from keyhouse.core.expiry import is_expired
from keyhouse.core.principal import GUEST, GUEST_ID, Principal
from keyhouse.core.reasons import (
    BAD_REQUEST,
    CONFLICT_TEXT,
    PASSWORD_TEXT,
    PERMISSION_TEXT,
    SECOND_FACTOR_TEXT,
    THROTTLED_TEXT,
    TOLD_TO_HOLDER,
    UNREADABLE_TEXT,
    Reason,
    log_text,
)
from keyhouse.core.tokens import redacted

API_KEY = "an API key"
SESSION_KEY = "a session key"
PASSWORD = "a password"  # noqa: S105
BROWSER_SESSION = "a browser session"
OPENED_SESSION = "a session opened with a credential"


@dataclass(frozen=True)
class Via:
    """Through what a principal came in: the words of the log, and the public ids that belong to it."""

    method: str
    source: Source | None = None
    key_id: str | None = None
    session_id: str | None = None


NO_CREDENTIAL = Via("nothing")


@dataclass(frozen=True)
class SessionLife:
    """How long a browser session still lives: until it has been idle too long, and at most until its absolute end."""

    idle_until: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Allowed:
    """The request may go on as this principal (the guest, when nothing was presented).

    While an administrator impersonates a user, `principal` is that user. `life` is that of the browser session, if
    there is one.
    """

    principal: Principal
    via: Via = NO_CREDENTIAL
    context: DeclaredContext = NOTHING_DECLARED
    life: SessionLife | None = None

    @property
    def signed_in(self) -> Principal:
        """Who really signed in: the administrator, where somebody is impersonated."""
        return self.context.impersonation.administrator if self.context.impersonation else self.principal

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Denied:
    """The request is refused. Falsy, so that a forgotten check fails closed."""

    reason: Reason
    text: str
    detail: str = ""
    via: Via = NO_CREDENTIAL
    principal: Principal = GUEST
    expired_at: datetime | None = None
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return False

    @property
    def status(self) -> int:
        """The HTTP status that says this."""
        if self.reason is Reason.THROTTLED:
            return 429
        if self.reason is Reason.IMPERSONATION_ENDED:
            return 403
        return 400 if self.reason in BAD_REQUEST else 401

    @property
    def told_reason(self) -> Reason | None:
        """The reason as the client may read it: only where the secret is a real one, or the fault is plain."""
        return self.reason if self.reason in TOLD_TO_HOLDER | BAD_REQUEST else None

    @property
    def log_line(self) -> str:
        """The exact reason, for the log; never a secret."""
        return f"{log_text(self.reason)}: {self.detail}" if self.detail else log_text(self.reason)


@dataclass(frozen=True)
class KeyFacts:
    """What the store knows of the key whose digest was presented."""

    key_id: str
    owner: Principal
    is_owner_active: bool
    expires_at: datetime | None
    revoked_at: datetime | None
    was_rotated: bool = False
    are_keys_refused: bool = False


@dataclass(frozen=True)
class SessionFacts:
    """What the store knows of the browser session whose digest was presented, or to which a session key belongs."""

    session_id: str
    user: Principal
    is_user_active: bool
    idle_until: datetime
    ends_at: datetime
    context: DeclaredContext = NOTHING_DECLARED


def decide_key(facts: KeyFacts | None, source: Source, now: datetime, presented_id: str = "") -> Allowed | Denied:
    """Decide on an API key that is well-formed; `facts` is None when no key has its digest.

    `presented_id` is the public id that an unknown key claims, for the log.
    """
    if facts is None:
        return Denied(Reason.KEY_UNKNOWN, PERMISSION_TEXT, via=Via(API_KEY, source, key_id=presented_id or None))
    via = Via(API_KEY, source, key_id=facts.key_id)
    reason = _why_key_is_refused(facts, now)
    if reason is None:
        return Allowed(facts.owner, via)
    expired_at = facts.expires_at if reason is Reason.KEY_EXPIRED else None
    return Denied(reason, PERMISSION_TEXT, via=via, principal=facts.owner, expired_at=expired_at)


def _why_key_is_refused(facts: KeyFacts, now: datetime) -> Reason | None:
    if facts.revoked_at is not None:
        return Reason.KEY_ROTATED if facts.was_rotated else Reason.KEY_REVOKED
    if is_expired(facts.expires_at, now):
        return Reason.KEY_EXPIRED
    if not facts.is_owner_active:
        return Reason.ACCOUNT_DEACTIVATED
    return Reason.KEYS_REFUSED if facts.are_keys_refused else None


def decide_session_key(facts: SessionFacts | None, key_id: str, source: Source, now: datetime) -> Allowed | Denied:
    """Decide on a session key: it lives exactly as long as its browser session, in that session's context."""
    via = Via(SESSION_KEY, source, key_id=key_id, session_id=facts.session_id if facts else None)
    if facts is None:
        return Denied(Reason.KEY_UNKNOWN, PERMISSION_TEXT, via=via)
    if not facts.is_user_active:
        return Denied(Reason.ACCOUNT_DEACTIVATED, PERMISSION_TEXT, via=via, principal=facts.user)
    if not is_session_alive(facts, now):
        return Denied(Reason.SESSION_ENDED, PERMISSION_TEXT, via=via, principal=facts.user)
    return Allowed(facts.user, via, facts.context, SessionLife(facts.idle_until, facts.ends_at))


def is_session_alive(facts: SessionFacts, now: datetime) -> bool:
    """Tell whether a browser session still stands: neither idle too long nor past its absolute end."""
    return now < facts.idle_until and now < facts.ends_at


def decide_session(facts: SessionFacts | None, now: datetime) -> Allowed | None:
    """Decide on a session cookie: a dead, unknown or made-up one counts as none, as a browser's old cookie does."""
    if facts is None or not facts.is_user_active or not is_session_alive(facts, now):
        return None
    via = Via(BROWSER_SESSION, Source.COOKIE, session_id=facts.session_id)
    return Allowed(facts.user, via, facts.context, SessionLife(facts.idle_until, facts.ends_at))


def deny_password(reason: Reason, email: str, source: Source = Source.BASIC) -> Denied:
    """Refuse a password; an unknown account and a wrong password read alike."""
    texts = {Reason.SECOND_FACTOR_NEEDED: SECOND_FACTOR_TEXT, Reason.THROTTLED: THROTTLED_TEXT}
    text = texts.get(reason, PASSWORD_TEXT)
    # A key pasted as the user name (`curl -u KEY:`) must not reach the log under that name.
    name = redacted(email)
    return Denied(reason, text, via=Via(PASSWORD, source), principal=Principal(GUEST_ID, name, name))


def deny_malformed(credential: KeyCredential, detail: str) -> Denied:
    """Refuse a text that cannot be a key; no store is asked."""
    return Denied(Reason.KEY_MALFORMED, PERMISSION_TEXT, detail, via=Via(API_KEY, credential.source))


def deny_request(presented: Presented) -> Denied | None:
    """Refuse a request whose credentials are wrong before any is looked up, or return None."""
    if presented.has_several_authorizations:
        text = "This request has more than one Authorization header; send one."
        return Denied(Reason.SEVERAL_AUTHORIZATIONS, text)
    if presented.has_key_in_url:
        text = (
            "Keys are not accepted in a URL, where proxies and logs keep them. Send the key in a header, and revoke "
            "this one: it may have been recorded."
        )
        return Denied(Reason.KEY_IN_URL, text)
    if presented.unreadable:
        return _deny_unreadable(presented.unreadable[0])
    return None


def _deny_unreadable(unreadable: Unreadable) -> Denied:
    return Denied(Reason.UNREADABLE, UNREADABLE_TEXT, f"{unreadable.source}: {unreadable.detail}")


def combine(answers: Sequence[Allowed | Denied], session: Allowed | None) -> Allowed | Denied:
    """Join the answers on all credentials of one request (keys.md, section 2).

    Any refused credential refuses the request. A session key wins over a cookie; a cookie session wins over a key or
    password of the same user, because the session's context lives there; different users conflict.
    """
    for answer in answers:
        if isinstance(answer, Denied):
            return answer
    allowed = [answer for answer in answers if isinstance(answer, Allowed)]
    session_keys = [answer for answer in allowed if answer.via.method == SESSION_KEY]
    everyone = allowed if session_keys or session is None else [*allowed, session]
    if len({answer.principal.id for answer in everyone}) > 1:
        return _conflict(everyone)
    if session_keys:
        return session_keys[0]
    if session is not None and (session.via.method == BROWSER_SESSION or not allowed):
        return session
    return allowed[0] if allowed else Allowed(GUEST)


def _conflict(answers: Sequence[Allowed]) -> Denied:
    sources = tuple(str(answer.via.source) for answer in answers)
    text = f"{CONFLICT_TEXT}: {' and '.join(sources)}. Send one of them."
    return Denied(Reason.CONFLICTING, text, sources=sources, principal=answers[0].principal, via=answers[0].via)
