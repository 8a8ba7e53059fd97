"""Why a request is refused: one reason, two texts.

What the client reads depends only on the kind of credential presented, so that it tells an attacker nothing; only the
holder of a real secret reads the reason's wire name (keys.md, section 3). What the log says is exact.
"""

from enum import StrEnum

PERMISSION_TEXT = "User does not have permission to perform this operation."
PASSWORD_TEXT = "The email address and password you entered did not match any accounts on file."  # noqa: S105
UNREADABLE_TEXT = (
    "The credentials of this request could not be read. Send Authorization: Basic, Authorization: Bearer or the apikey "
    "header, once, and check how it is encoded."
)
SECOND_FACTOR_TEXT = (
    "Authentication failed because secondary authentication is enabled on this server. "
    "Consider using an API key instead."
)
CONFLICT_TEXT = "This request presents credentials of different users"
IMPERSONATION_ENDED_TEXT = (
    "The impersonation has ended: you may no longer impersonate this user, group or role, or it is not there any more. "
    "You act as yourself again."
)
THROTTLED_TEXT = (
    "Due to the number of recent failed login attempts, authentication has been temporarily paused.\n"
    "Try again in one minute."
)


class Reason(StrEnum):
    """Why a credential was refused. The value is its name in the audit log and, to the holder, on the wire."""

    UNREADABLE = "unreadable_credentials"
    SEVERAL_AUTHORIZATIONS = "several_authorization_headers"
    KEY_IN_URL = "key_in_url"
    KEY_MALFORMED = "key_malformed"
    KEY_UNKNOWN = "key_unknown"
    KEY_EXPIRED = "key_expired"
    KEY_REVOKED = "key_revoked"
    KEY_ROTATED = "key_rotated"
    KEYS_REFUSED = "keys_refused"
    SESSION_ENDED = "session_ended"
    CLOCK_STEPPED_BACK = "clock_stepped_back"
    DECLARATION_REQUIRED = "declaration_required"
    IMPERSONATION_ENDED = "impersonation_ended"
    ACCOUNT_DEACTIVATED = "account_deactivated"
    PASSWORD_WRONG = "password_wrong"  # noqa: S105
    ACCOUNT_UNKNOWN = "account_unknown"
    SECOND_FACTOR_NEEDED = "second_factor_needed"
    SECOND_FACTOR_WRONG = "second_factor_wrong"
    SIGN_IN_LEVEL = "sign_in_level"
    FRESH_SIGN_IN = "fresh_sign_in_required"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_DOWN = "provider_down"
    FLOW_UNKNOWN = "sign_in_unknown"
    ACCOUNT_NOT_CREATED = "account_not_created"
    IDENTITY_UNCONFIRMED = "identity_unconfirmed"
    CONFLICTING = "conflicting_credentials"
    THROTTLED = "throttled"


TOLD_TO_HOLDER = frozenset(
    {
        Reason.KEY_EXPIRED,
        Reason.KEY_REVOKED,
        Reason.KEY_ROTATED,
        Reason.SESSION_ENDED,
        Reason.DECLARATION_REQUIRED,
        Reason.SIGN_IN_LEVEL,
        Reason.FRESH_SIGN_IN,
        Reason.IMPERSONATION_ENDED,
        Reason.ACCOUNT_DEACTIVATED,
    }
)
"""Reasons that only a real secret can meet: its holder may know them, nobody else can learn them."""

BAD_REQUEST = frozenset({Reason.SEVERAL_AUTHORIZATIONS, Reason.KEY_IN_URL, Reason.CONFLICTING})
"""Refusals that say the request itself is wrong (400), not the credential (401)."""

_LOG_TEXTS: dict[Reason, str] = {
    Reason.UNREADABLE: "credentials could not be read",
    Reason.SEVERAL_AUTHORIZATIONS: "more than one Authorization header",
    Reason.KEY_IN_URL: "a key in the URL, where proxies and logs keep it",
    Reason.KEY_MALFORMED: "malformed key",
    Reason.KEY_UNKNOWN: "no such key on this server: mistaken for another server's, or made up",
    Reason.KEY_EXPIRED: "the key has expired",
    Reason.KEY_REVOKED: "the key has been revoked",
    Reason.KEY_ROTATED: "the key has been replaced by a newer one",
    Reason.KEYS_REFUSED: "the site refuses all API keys at present (setting refuseAllApiKeys)",
    Reason.SESSION_ENDED: "the browser session of this session key has ended",
    Reason.CLOCK_STEPPED_BACK: "the clock stepped back: the session was seen later than it is now",
    Reason.DECLARATION_REQUIRED: "a declaration that the folder demands has not been made, or has lapsed",
    Reason.IMPERSONATION_ENDED: "the administrator may no longer impersonate; the impersonation was stopped",
    Reason.ACCOUNT_DEACTIVATED: "the owner's account is deactivated",
    Reason.PASSWORD_WRONG: "wrong password",
    Reason.ACCOUNT_UNKNOWN: "no account with this e-mail address",
    Reason.SECOND_FACTOR_NEEDED: "a password alone is not enough for an account with a second factor",
    Reason.SECOND_FACTOR_WRONG: "wrong second factor",
    Reason.SIGN_IN_LEVEL: "the folder demands a surer way of signing in",
    Reason.FRESH_SIGN_IN: "the sign-in is not fresh enough for this",
    Reason.PROVIDER_REFUSED: "the identity provider's answer was refused",
    Reason.PROVIDER_DOWN: "the identity provider could not be reached",
    Reason.FLOW_UNKNOWN: "the identity provider answers a sign-in that this browser did not begin",
    Reason.ACCOUNT_NOT_CREATED: "signed in at the provider, but accounts are not created automatically",
    Reason.IDENTITY_UNCONFIRMED: "the address belongs to an account that this identity is not linked to",
    Reason.CONFLICTING: "credentials of different users in one request",
    Reason.THROTTLED: "too many failures from this address",
}


def log_text(reason: Reason) -> str:
    """Say the exact reason in words, for the log."""
    return _LOG_TEXTS[reason]
