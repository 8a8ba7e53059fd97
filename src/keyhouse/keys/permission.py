"""Who may issue a key to whom they are (keys.md, sections 4 and 5). Pages and client API ask here, and nowhere else."""

from dataclasses import dataclass

from keyhouse.core.decision import API_KEY, BROWSER_SESSION, OPENED_SESSION, SESSION_KEY, Allowed
from keyhouse.core.tokens import TokenKind
from keyhouse.siteconfig import SiteSettings

IMPERSONATING = {
    TokenKind.API_KEY: "Can't create an API key while impersonating",
    TokenKind.SESSION_KEY: "Can't create a session key while impersonating",
}
SWITCHED_OFF = {
    TokenKind.API_KEY: "Creation of API keys is disabled",
    TokenKind.SESSION_KEY: "Creation of session keys is disabled",
}
GUEST = "Sign in to create a key."
BY_API_KEY = "An API key cannot be used to create keys on this site. Sign in on the page External Tool Access instead."
BY_SESSION_KEY = "A session key cannot be used to create keys. Use the page External Tool Access instead."
BY_PASSWORD = "A password sent along is not enough to create keys. Sign in on the page External Tool Access instead."  # noqa: S105


@dataclass(frozen=True)
class Refusal:
    """Why no key is issued: the text that the caller reads, and the HTTP status that goes with it."""

    text: str
    status: int = 403


def why_not(kind: TokenKind, allowed: Allowed, settings: SiteSettings) -> Refusal | None:
    """Say why this caller may not issue a key of this kind to itself, or return None where it may.

    Whether a browser's person proved lately enough to be there is asked apart from this.
    """
    is_on = settings.allow_api_keys if kind is TokenKind.API_KEY else settings.allow_session_keys
    if not is_on:
        return Refusal(SWITCHED_OFF[kind], 404)
    if allowed.principal.is_guest:
        return Refusal(GUEST, 401)
    if allowed.context.impersonator_id is not None:
        return Refusal(IMPERSONATING[kind])
    if allowed.via.method == BROWSER_SESSION:
        return None
    return _why_not_without_page(kind, allowed, settings)


def _why_not_without_page(kind: TokenKind, allowed: Allowed, settings: SiteSettings) -> Refusal | None:
    """Judge a caller who has not signed in on the page; a cookie that a credential opened counts as the credential."""
    if allowed.via.method == SESSION_KEY:
        return Refusal(BY_SESSION_KEY)
    is_key = allowed.via.method == API_KEY or (allowed.via.method == OPENED_SESSION and allowed.via.key_id is not None)
    if not is_key:
        return Refusal(BY_PASSWORD)
    # A session key needs a browser session to live in, which no API key has.
    may = settings.api_keys_may_issue_keys and kind is TokenKind.API_KEY
    return None if may else Refusal(BY_API_KEY)
