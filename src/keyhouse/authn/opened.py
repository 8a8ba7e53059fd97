"""Sessions opened with a key or a password, for clients that keep cookies (Java sends its key once, R posts by cookie).

The cookie is a signed name of the key, or of the user, and is checked against the store on each request: it ends with
its key, costs no row, and cannot be forged.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from keyhouse.authn import fetch
from keyhouse.core.credentials import Source
from keyhouse.core.decision import API_KEY, OPENED_SESSION, PASSWORD, Allowed, Denied, Via, decide_key

PREFIX = "o."
LIFETIME = timedelta(minutes=30)
RENEWED_AFTER = timedelta(minutes=5)
LONGEST = timedelta(hours=12)
"""From the key to the last renewal: a cookie that leaked must not be renewed for ever."""
_SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class _Named:
    """What a cookie of ours says: ``k`` and a key id, or ``p`` and user id and session generation."""

    kind: str
    name: str
    opened_at: datetime
    issued_at: datetime


class OpenedSessions:
    """Makes and reads the signed cookies; the secret is the site's own."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"keyhouse opened session\0" + secret.encode()).digest()

    def cookie_for(self, allowed: Allowed, generation: int, now: datetime) -> str | None:
        """Return the cookie that lets this client go on without presenting its credential again, or None."""
        match allowed.via.method:
            case method if method == API_KEY and allowed.via.key_id:
                return self._signed("k", allowed.via.key_id, now, now)
            case method if method == PASSWORD:
                return self._signed("p", f"{allowed.principal.id}-{generation}", now, now)
        return None

    def enter(self, cookie: str, now: datetime) -> Allowed | Denied | None:
        """Decide on a cookie of ours: None when it is forged or too old, a refusal when its key has ended."""
        named = self._read(cookie)
        # The node that signed it may have a clock a little ahead of ours.
        if named is None or not -_SKEW <= now - named.issued_at < LIFETIME:
            return None
        return self._by_key(named, now) if named.kind == "k" else self._by_user(named)

    def is_due_for_renewal(self, cookie: str, now: datetime) -> bool:
        """Tell whether a valid cookie is old enough to be replaced by a younger one."""
        named = self._read(cookie)
        if named is None or named.kind != "k":
            return False
        return now - named.issued_at > RENEWED_AFTER and now - named.opened_at < LONGEST

    def renewed(self, cookie: str, now: datetime) -> str | None:
        """Return a younger cookie that says the same."""
        named = self._read(cookie)
        return self._signed(named.kind, named.name, named.opened_at, now) if named else None

    def _by_key(self, named: _Named, now: datetime) -> Allowed | Denied | None:
        facts = fetch.key_by_id(named.name)
        if facts is None:
            return None
        answer = decide_key(facts, Source.COOKIE, now)
        return replace(answer, via=replace(answer.via, method=OPENED_SESSION))

    def _by_user(self, named: _Named) -> Allowed | None:
        user_id, _, generation = named.name.partition("-")
        principal = fetch.user_by_id(int(user_id), int(generation))
        return Allowed(principal, Via(OPENED_SESSION, Source.COOKIE)) if principal else None

    def _signed(self, kind: str, name: str, opened_at: datetime, now: datetime) -> str:
        body = f"{PREFIX}{kind}.{name}.{int(opened_at.timestamp())}.{int(now.timestamp())}"
        return f"{body}.{self._signature(body)}"

    def _read(self, cookie: str) -> _Named | None:
        body, _, signature = cookie.rpartition(".")
        if not cookie.startswith(PREFIX) or not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return None
        _, kind, name, opened, issued = body.split(".")
        return _Named(kind, name, *(datetime.fromtimestamp(int(seconds), tz=UTC) for seconds in (opened, issued)))

    def _signature(self, body: str) -> str:
        mac = hmac.new(self._key, body.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")
