"""Requests that another site could have made a browser send (client-api.md, section 5).

A browser adds cookies, and a remembered password over Basic, by itself; it never adds a key. So a request that carries
a key needs no token. All others that change something must repeat the cookie ``X-LABKEY-CSRF`` in a header or
parameter of the same name, which a foreign page can neither read nor set, and must not say that they come from one.
"""

import hmac
import re
import secrets
from urllib.parse import urlsplit

from django.http import HttpRequest

from keyhouse.core.credentials import PasswordCredential, Presented
from keyhouse.web.errors import BadRequest, CsrfFailure
from keyhouse.web.parameters import Parameters

NAME = "X-LABKEY-CSRF"
TEXT = (
    "This request has an invalid security context. You may have signed in or signed out of this session. "
    "Try again by using the 'back' and 'refresh' button in your browser."
)
_TOKEN = re.compile(r"[0-9a-f]{64}\Z")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def token_of(request: HttpRequest) -> tuple[str, bool]:
    """Return the token of this browser, and whether it is new and its cookie must be set."""
    token = request.COOKIES.get(NAME, "").lower()
    return (token, False) if _TOKEN.match(token) else (secrets.token_hex(32), True)


def check(
    request: HttpRequest, presented: Presented, parameters: Parameters, is_exempt: bool = False, base_url: str = ""
) -> None:
    """Raise `CsrfFailure` for a request that could be forged; `base_url` is the address that browsers use."""
    if request.method in _SAFE_METHODS or presented.carries_key:
        return
    if _is_from_foreign_page(request, urlsplit(base_url).netloc):
        raise CsrfFailure(TEXT)
    if is_exempt or _is_script_with_password(request, presented):
        return
    if not repeats_cookie(request, parameters):
        raise CsrfFailure(TEXT)


def repeats_cookie(request: HttpRequest, parameters: Parameters) -> bool:
    """Tell whether the token of the cookie came a second time, as header or parameter."""
    try:
        sent = parameters.text(NAME) or request.headers.get(NAME, "")
    except BadRequest:
        return False
    expected = request.COOKIES.get(NAME, "")
    return bool(_TOKEN.match(expected.lower())) and hmac.compare_digest(
        sent.encode("utf-8", "replace").lower(), expected.encode().lower()
    )


def _is_from_foreign_page(request: HttpRequest, own_netloc: str) -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    own = {request.META.get("HTTP_HOST", "").lower(), own_netloc.lower()} - {""}
    return origin is not None and urlsplit(origin).netloc.lower() not in own


def _is_script_with_password(request: HttpRequest, presented: Presented) -> bool:
    from_page = any(name in request.headers for name in ("Origin", "Referer", "Sec-Fetch-Site"))
    return not from_page and any(isinstance(credential, PasswordCredential) for credential in presented.credentials)
