"""The decision: facts about each credential in, one answer out.

The caller fetches the facts; nothing here reads a store or a clock. The answer is `Allowed` or `Denied`, and `Denied`
says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyhouse.core.assurance import HowSignedIn
from keyhouse.core.context import NOTHING_DECLARED, DeclaredContext
from keyhouse.core.credentials import KeyCredential, Presented, Source, Unreadable
from keyhouse.core.expiry import is_expired
from keyhouse.core.principal import GUEST, GUEST_ID, Principal
from keyhouse.core.reasons import (
    BAD_REQUEST,
    CONFLICT_TEXT,
    IMPERSONATION_ENDED_TEXT,
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
    """Through what a principal came in: the words of the log, and the public ids that belong to it.

    `how` is how the person had signed in, as far as that was recorded: now, or when the key was issued.
    """

    method: str
    source: Source | None = None
    key_id: str | None = None
    session_id: str | None = None
    how: HowSignedIn | None = None


NO_CREDENTIAL = Via("nothing")


@dataclass(frozen=True)
class SessionLife:
    """How long a browser session still lives: until it has been idle too long, and at most until its absolute end.

    `idle` is what presence at any moment adds.
    """

    idle_until: datetime
    ends_at: datetime
    idle: timedelta = timedelta(0)

    def seen(self, now: datetime) -> "SessionLife":
        """Return this life after the person was there."""
        return SessionLife(max(self.idle_until, now + self.idle), self.ends_at, self.idle)

    def seconds_left(self, now: datetime) -> tuple[int, int]:
        """Return the whole seconds left: until the session has been idle too long, and until its absolute end."""
        absolute = max(int((self.ends_at - now).total_seconds()), 0)
        return min(max(int((self.idle_until - now).total_seconds()), 0), absolute), absolute


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
    how: HowSignedIn | None = None


@dataclass(frozen=True)
class SessionFacts:
    """What the store knows of the browser session whose digest was presented, or to which a session key belongs."""

    session_id: str
    user: Principal
    is_user_active: bool
    idle_until: datetime
    ends_at: datetime
    context: DeclaredContext = NOTHING_DECLARED
    idle: timedelta = timedelta(0)
    newest_at: datetime | None = None
    """The newest moment in the row: where it lies ahead of the clock, the clock stepped back."""
    is_outdated: bool = False
    """The session is of an older generation: a new password or a deactivation came after its sign-in."""
    is_kept_alive: bool = False
    """The presented session key may keep the session from going idle."""
    how: HowSignedIn | None = None

    @property
    def life(self) -> SessionLife:
        """How long the session still lives."""
        return SessionLife(self.idle_until, self.ends_at, self.idle)


@dataclass(frozen=True)
class EndedKeyFacts:
    """What the store kept of a session key that has ended, with its session or alone."""

    session_id: str
    owner: Principal
    is_owner_active: bool
    why: str
    ended_alone: bool


CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of the clock a stored moment may lie: nodes of one site differ by seconds."""


def decide_key(facts: KeyFacts | None, source: Source, now: datetime, presented_id: str = "") -> Allowed | Denied:
    """Decide on an API key that is well-formed; `facts` is None when no key has its digest.

    `presented_id` is the public id that an unknown key claims, for the log.
    """
    if facts is None:
        return Denied(Reason.KEY_UNKNOWN, PERMISSION_TEXT, via=Via(API_KEY, source, key_id=presented_id or None))
    via = Via(API_KEY, source, key_id=facts.key_id, how=facts.how)
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


def decide_session_key(
    facts: SessionFacts | None, key_id: str, source: Source, now: datetime, ended: EndedKeyFacts | None = None
) -> Allowed | Denied:
    """Decide on a session key: it lives exactly as long as its browser session, in that session's context.

    `ended` is what was kept of the key, where it has no session any more.
    """
    if facts is None:
        return _deny_ended_key(ended, key_id, source)
    via = Via(SESSION_KEY, source, key_id=key_id, session_id=facts.session_id, how=facts.how)
    if not facts.is_user_active:
        return Denied(Reason.ACCOUNT_DEACTIVATED, PERMISSION_TEXT, via=via, principal=facts.user)
    if did_clock_step_back(facts, now):
        return Denied(Reason.CLOCK_STEPPED_BACK, PERMISSION_TEXT, via=via, principal=facts.user)
    if not is_session_alive(facts, now):
        return Denied(Reason.SESSION_ENDED, PERMISSION_TEXT, _why_dead(facts, now), via=via, principal=facts.user)
    return Allowed(facts.user, via, facts.context, facts.life)


def _deny_ended_key(ended: EndedKeyFacts | None, key_id: str, source: Source) -> Denied:
    if ended is None:
        return Denied(Reason.KEY_UNKNOWN, PERMISSION_TEXT, via=Via(SESSION_KEY, source, key_id=key_id))
    via = Via(SESSION_KEY, source, key_id=key_id, session_id=ended.session_id)
    if not ended.is_owner_active:
        return Denied(Reason.ACCOUNT_DEACTIVATED, PERMISSION_TEXT, via=via, principal=ended.owner)
    reason = Reason.KEY_REVOKED if ended.ended_alone else Reason.SESSION_ENDED
    return Denied(reason, PERMISSION_TEXT, ended.why, via=via, principal=ended.owner)


def did_clock_step_back(facts: SessionFacts, now: datetime) -> bool:
    """Tell whether the session was seen in what is the future now: how long it was idle, nobody can say."""
    return facts.newest_at is not None and facts.newest_at - now > CLOCK_TOLERANCE


def _why_dead(facts: SessionFacts, now: datetime) -> str:
    if facts.is_outdated:
        return "a new password or a deactivation"
    return "its longest life" if now >= facts.ends_at else "idle time"


def is_session_alive(facts: SessionFacts, now: datetime) -> bool:
    """Tell whether a browser session still stands: neither idle too long nor past its absolute end."""
    return now < facts.idle_until and now < facts.ends_at and not facts.is_outdated


def decide_session(facts: SessionFacts | None, now: datetime) -> Allowed | None:
    """Decide on a session cookie: a dead, unknown or made-up one counts as none, as a browser's old cookie does."""
    if facts is None or not facts.is_user_active or not is_session_alive(facts, now) or did_clock_step_back(facts, now):
        return None
    via = Via(BROWSER_SESSION, Source.COOKIE, session_id=facts.session_id, how=facts.how)
    return Allowed(facts.user, via, facts.context, facts.life)


@dataclass(frozen=True)
class PasswordRefused:
    """Why a password was refused, where a directory says more: what its sender may read, and what the log adds."""

    reason: Reason
    text: str
    detail: str


def deny_password(refused: Reason | PasswordRefused, email: str, source: Source = Source.BASIC) -> Denied:
    """Refuse a password; an unknown account and a wrong password read alike."""
    # A key pasted as the user name (`curl -u KEY:`) must not reach the log under that name.
    name = redacted(email)
    who = Principal(GUEST_ID, name, name)
    if isinstance(refused, PasswordRefused):
        return Denied(refused.reason, refused.text, refused.detail, via=Via(PASSWORD, source), principal=who)
    texts = {Reason.SECOND_FACTOR_NEEDED: SECOND_FACTOR_TEXT, Reason.THROTTLED: THROTTLED_TEXT}
    text = texts.get(refused, PASSWORD_TEXT)
    return Denied(refused, text, via=Via(PASSWORD, source), principal=who)


def deny_impersonation(answer: Allowed) -> Denied:
    """Refuse a request whose impersonation has just been stopped; the next one is the administrator's own."""
    return Denied(Reason.IMPERSONATION_ENDED, IMPERSONATION_ENDED_TEXT, via=answer.via, principal=answer.signed_in)


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
    password of the same person, because the session's context lives there, and so does an opened one in which they
    impersonate; different persons conflict. Whom they impersonate does not matter: it is the same person's doing.
    """
    for answer in answers:
        if isinstance(answer, Denied):
            return answer
    allowed = [answer for answer in answers if isinstance(answer, Allowed)]
    session_keys = [answer for answer in allowed if answer.via.method == SESSION_KEY]
    everyone = allowed if session_keys or session is None else [*allowed, session]
    if len({answer.signed_in.id for answer in everyone}) > 1:
        return _conflict(everyone)
    if session_keys:
        return session_keys[0]
    if session is not None and (_has_context(session) or not allowed):
        return session
    return allowed[0] if allowed else Allowed(GUEST)


def _has_context(session: Allowed) -> bool:
    return session.via.method == BROWSER_SESSION or session.context.impersonation is not None


def _conflict(answers: Sequence[Allowed]) -> Denied:
    sources = tuple(str(answer.via.source) for answer in answers)
    text = f"{CONFLICT_TEXT}: {' and '.join(sources)}. Send one of them."
    return Denied(Reason.CONFLICTING, text, sources=sources, principal=answers[0].principal, via=answers[0].via)
