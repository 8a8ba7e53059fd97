"""From the headers of a request to what it presents; nothing is checked against any store here.

Three places carry credentials: ``Authorization`` (Basic or Bearer), the header ``apikey``, and the session cookie.
Scheme names match without regard to case (RFC 9110, 11.1). A credential that cannot be read is not "no credential":
falling back to guest would hide the mistake from its owner, so it is refused.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote_plus

from keyhouse.core.tokens import PATTERN

KEY_USER = "apikey"
GUEST_USER = "guest"
_KEY_ANYWHERE = re.compile(PATTERN)


class Source(StrEnum):
    """Where in the request a credential was."""

    BASIC = "Authorization: Basic"
    BEARER = "Authorization: Bearer"
    HEADER = "the apikey header"
    COOKIE = "the session cookie"


@dataclass(frozen=True)
class KeyCredential:
    """A key as presented; not yet known to be well-formed."""

    source: Source
    text: str = field(repr=False)


@dataclass(frozen=True)
class PasswordCredential:
    """An e-mail address and a password over Basic."""

    source: Source
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class CookieCredential:
    """The value of the session cookie."""

    text: str = field(repr=False)
    source: Source = Source.COOKIE


@dataclass(frozen=True)
class Unreadable:
    """A credential that cannot be read, and why; `detail` never quotes it."""

    source: str
    detail: str


Credential = KeyCredential | PasswordCredential | CookieCredential


@dataclass(frozen=True)
class Presented:
    """All that one request presents: at most one credential for each source."""

    credentials: tuple[Credential, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    has_several_authorizations: bool = False
    has_key_in_url: bool = False

    @property
    def carries_key(self) -> bool:
        """Tell whether the request itself carries a key: nothing that another site could make a browser send."""
        return any(isinstance(credential, KeyCredential) for credential in self.credentials)

    @property
    def explicit(self) -> tuple[KeyCredential | PasswordCredential, ...]:
        """The credentials other than the cookie."""
        return tuple(c for c in self.credentials if not isinstance(c, CookieCredential))


def read(authorization: str | None, apikey: str | None, cookie: str | None, query_string: str) -> Presented:
    """Collect what a request presents.

    `authorization` and `apikey` are header values as the server joined them: a comma between two headers of one name,
    which no Basic, Bearer or key text contains.
    """
    if authorization and "," in authorization:
        return Presented(has_several_authorizations=True)
    found = [*_from_authorization(authorization), *_from_apikey_header(apikey)]
    if cookie:
        found.append(CookieCredential(cookie))
    return Presented(
        credentials=tuple(c for c in found if not isinstance(c, Unreadable)),
        unreadable=tuple(c for c in found if isinstance(c, Unreadable)),
        has_key_in_url=has_key(query_string),
    )


def has_key(query_string: str) -> bool:
    """Tell whether a query string carries a key: by its shape in any parameter, or by a parameter named ``apikey``."""
    if not query_string:
        return False
    names = {unquote_plus(part.partition("=")[0]).strip().lower() for part in query_string.split("&")}
    return KEY_USER in names or _KEY_ANYWHERE.search(unquote_plus(query_string)) is not None


def _from_authorization(value: str | None) -> list[Credential | Unreadable]:
    if value is None or not value.strip():
        return []
    scheme, _, rest = value.strip().partition(" ")
    match scheme.lower():
        case "basic":
            return _from_basic(rest.strip())
        case "bearer":
            text = rest.strip()
            return [KeyCredential(Source.BEARER, text) if text else Unreadable(Source.BEARER, "no key after Bearer")]
        case _:
            return [Unreadable("Authorization", "a scheme other than Basic and Bearer")]


def _from_basic(encoded: str) -> list[Credential | Unreadable]:
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return [Unreadable(Source.BASIC, "what follows Basic is not base64")]
    user, colon, secret = _decoded(decoded).partition(":")
    if not colon:
        return [Unreadable(Source.BASIC, "no colon between user name and password")]
    if "\0" in user or "\0" in secret:
        return [Unreadable(Source.BASIC, "contains a NUL character")]
    if user.lower() == GUEST_USER:
        return []
    if user == KEY_USER:
        return [KeyCredential(Source.BASIC, secret)]
    return [PasswordCredential(Source.BASIC, user, secret)]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        # RFC 7617 leaves the charset open; older clients send Latin-1, which decodes anything.
        return raw.decode("latin-1")


def _from_apikey_header(value: str | None) -> list[Credential | Unreadable]:
    if value is None:
        return []
    if "," in value:
        return [Unreadable(Source.HEADER, "sent more than once")]
    return [KeyCredential(Source.HEADER, value)] if value else [Unreadable(Source.HEADER, "empty")]
