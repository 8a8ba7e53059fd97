"""Sessions opened with a key or a password, for clients that keep cookies (Java sends its key once, R posts by cookie).

The cookie is a signed name of the key, or of the user, and is checked against the store on each request: it ends with
its key, costs no row, and cannot be forged. While somebody impersonates in such a session, it names the row of that
too.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from keyhouse.authn import fetch
from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.core.context import DeclaredContext
from keyhouse.core.credentials import Source
from keyhouse.core.decision import API_KEY, OPENED_SESSION, PASSWORD, Allowed, Denied, Via, decide_key
from keyhouse.core.impersonation import Impersonation

PREFIX = "o."
LIFETIME = timedelta(minutes=30)
RENEWED_AFTER = timedelta(minutes=5)
LONGEST = timedelta(hours=12)
"""From the key to the last renewal: a cookie that leaked must not be renewed for ever."""
_ACTING = "~"
"""Between the name and the id of an impersonation; in neither of them."""
_SKEW = timedelta(minutes=1)
LONGEST_OPENED = LONGEST + LIFETIME
"""After this no cookie is good any more, and what hangs on one has been forgotten."""


@dataclass(frozen=True)
class _Named:
    """What a cookie of ours says: ``k`` and a key id, or ``p`` and user id and session generation.

    ``d`` says as ``p`` does that a password was right, and adds the configuration of the directory that took it.

    After either stands the id of the impersonation that goes on in the session, if any.
    """

    kind: str
    name: str
    acting_id: str
    opened_at: datetime
    issued_at: datetime


class OpenedSessions:
    """Makes and reads the signed cookies; the secret is the site's own."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"keyhouse opened session\0" + secret.encode()).digest()

    def cookie_for(self, allowed: Allowed, generation: int, now: datetime, acting_id: str = "") -> str | None:
        """Return the cookie that lets this client go on without presenting its credential again, or None.

        With `acting_id` it says that the impersonation of this id goes on in the session.
        """
        match allowed.via.method:
            case method if method == API_KEY and allowed.via.key_id:
                return self._signed(_Named("k", allowed.via.key_id, acting_id, now, now))
            case method if method == PASSWORD:
                return self._signed(_of_password(allowed, generation, acting_id, now))
        return None

    def acting(self, cookie: str, acting_id: str) -> str | None:
        """Return a cookie that says of a valid one's session that this impersonation goes on in it, or that none does.

        It lives no longer: else who found one could start and stop impersonating to keep it young for ever.
        """
        named = self._read(cookie)
        return self._signed(replace(named, acting_id=acting_id)) if named else None

    def enter(self, cookie: str, now: datetime) -> Allowed | Denied | None:
        """Decide on a cookie of ours: None when it is forged or too old, a refusal when its key has ended."""
        named = self._read(cookie)
        # The node that signed it may have a clock a little ahead of ours.
        if named is None or not -_SKEW <= now - named.issued_at < LIFETIME:
            return None
        answer = self._by_key(named, now) if named.kind == "k" else self._by_user(named)
        return self._acting(answer, named) if isinstance(answer, Allowed) else answer

    def lapsed(self, cookie: str, now: datetime) -> Impersonation | None:
        """Return the impersonation that goes on in a session whose cookie is too old, as nobody used it."""
        named = self._read(cookie)
        if named is None or not named.acting_id or now - named.issued_at < LIFETIME:
            return None
        return fetch.impersonation_of_cookie(named.acting_id)

    def _acting(self, answer: Allowed, named: _Named) -> Allowed:
        impersonation = fetch.impersonation_of_cookie(named.acting_id) if named.acting_id else None
        if impersonation is None or impersonation.administrator.id != answer.principal.id:
            return answer
        return replace(answer, context=DeclaredContext(impersonation=impersonation))

    def is_due_for_renewal(self, cookie: str, now: datetime) -> bool:
        """Tell whether a valid cookie is old enough to be replaced by a younger one."""
        named = self._read(cookie)
        # Who left a directory, nobody tells us: what its password opened is never renewed, whoever impersonates in it.
        if named is None or named.kind == "d" or (named.kind == "p" and not named.acting_id):
            return False
        return now - named.issued_at > RENEWED_AFTER and now - named.opened_at < LONGEST

    def renewed(self, cookie: str, now: datetime) -> str | None:
        """Return a younger cookie that says the same."""
        named = self._read(cookie)
        return self._signed(replace(named, issued_at=now)) if named else None

    def _by_key(self, named: _Named, now: datetime) -> Allowed | Denied | None:
        facts = fetch.key_by_id(named.name)
        if facts is None:
            return None
        answer = decide_key(facts, Source.COOKIE, now)
        return replace(answer, via=replace(answer.via, method=OPENED_SESSION))

    def _by_user(self, named: _Named) -> Allowed | None:
        user_id, generation, *directory = (int(part) for part in named.name.split("-"))
        principal = fetch.user_by_id(user_id, generation)
        provider = fetch.enabled_configuration(directory[0]) if directory else "a password"
        if provider is None:
            return None
        # Only passwords open such a session, and only where they are enough.
        configuration = directory[0] if directory else None
        how = HowSignedIn(provider, configuration, ("pwd",), Assurance.SINGLE, named.opened_at)
        return Allowed(principal, Via(OPENED_SESSION, Source.COOKIE, how=how)) if principal else None

    def _signed(self, named: _Named) -> str:
        name = f"{named.name}{_ACTING}{named.acting_id}" if named.acting_id else named.name
        opened, issued = int(named.opened_at.timestamp()), int(named.issued_at.timestamp())
        body = f"{PREFIX}{named.kind}.{name}.{opened}.{issued}"
        return f"{body}.{self._signature(body)}"

    def _read(self, cookie: str) -> _Named | None:
        body, _, signature = cookie.rpartition(".")
        if not cookie.startswith(PREFIX) or not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return None
        _, kind, both, opened, issued = body.split(".")
        name, _, acting_id = both.partition(_ACTING)
        moments = (datetime.fromtimestamp(int(seconds), tz=UTC) for seconds in (opened, issued))
        return _Named(kind, name, acting_id, *moments)

    def _signature(self, body: str) -> str:
        mac = hmac.new(self._key, body.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def _of_password(allowed: Allowed, generation: int, acting_id: str, now: datetime) -> _Named:
    name = f"{allowed.principal.id}-{generation}"
    configuration = allowed.via.how.configuration if allowed.via.how else None
    if configuration is None:
        return _Named("p", name, acting_id, now, now)
    return _Named("d", f"{name}-{configuration}", acting_id, now, now)
