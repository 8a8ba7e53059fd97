"""Tokens of a provider, verified: the ID token of a sign-in, and the logout token of its back channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, Key
from joserfc.jws import JWSRegistry

from keyhouse.core.reasons import Reason
from keyhouse.signin.method import Flow, Provider, SignInFailed
from keyhouse.signin.oidc.documents import Documents
from keyhouse.signin.oidc.settings import skew_of, text_of

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
)
"""What needs a private key to sign. With a shared secret (HS256) a public key could pass for one, and none is none."""
MOST_CHARACTERS = 64 * 1024
REFUSED = "The answer of {0} was refused. Start again; if it happens again, tell whoever runs this site."
_NOT_ANEW = "{0} did not ask you to prove that you are there, or does not say so. Sign out here, and sign in again."
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TYPES = ("logout+jwt", "application/logout+jwt", "jwt", "")
_LOGOUT_LIFE = timedelta(minutes=10)
_LONGEST_NAME = 255
_ESSENTIAL = {"essential": True}


class _Header(JWSRegistry):
    """Reads headers as RFC 7515 wants it: unknown members are passed over, unless they are critical."""

    max_header_length = 16 * 1024
    max_payload_length = MOST_CHARACTERS


class Forged(Exception):
    """A token is not what it says, or not for us; the text says why, for the log."""


@dataclass(frozen=True)
class LogoutToken:
    """Whom the provider signed out: one session of theirs, or the person everywhere. `until` it must not work again."""

    jti: str
    session_name: str
    subject: str
    until: datetime


def id_token_of(
    provider: Provider, flow: Flow, token: str, access_token: str, documents: Documents, now: datetime
) -> dict[str, Any]:
    """Return the claims of an ID token that answers this journey (OpenID Connect Core 3.1.3.7).

    Raises `SignInFailed`.
    """
    try:
        verified = _verified(provider, token, documents, now)
        claims = CodeIDToken(
            verified.claims,
            {**verified.header, "alg": _hashing(verified)},
            _expected(provider),
            {"nonce": flow.nonce, "client_id": text_of(provider, "client_id"), "access_token": access_token},
        )
        _validate(claims, now, skew_of(provider))
        _subject(claims)
        if flow.is_fresh:
            _require_fresh(provider, claims, flow)
    except Forged as error:
        raise SignInFailed(
            Reason.PROVIDER_REFUSED, REFUSED.format(provider.description), f"ID token: {error}"
        ) from None
    return dict(claims)


def logout_token_of(provider: Provider, token: str, documents: Documents, now: datetime) -> LogoutToken:
    """Return what a logout token says (OpenID Connect Back-Channel Logout 1.0, 2.6).

    Raises `Forged` or `ProviderDown`.
    """
    verified = _verified(provider, token, documents, now)
    claims, skew = verified.claims, timedelta(seconds=skew_of(provider))
    kind = verified.header.get("typ", "")
    if not isinstance(kind, str) or kind.lower() not in _LOGOUT_TYPES:
        raise Forged("the type of the token is not logout+jwt")
    options = {**_expected(provider), "jti": _ESSENTIAL, "events": _ESSENTIAL}
    try:
        jwt.JWTClaimsRegistry(int(now.timestamp()), int(skew.total_seconds()), **options).validate(claims)
    except (JoseError, ValueError, TypeError, OverflowError) as error:
        raise Forged(str(error)) from None
    if "nonce" in claims:
        # It would be an ID token, which anybody may have seen.
        raise Forged("a logout token has no nonce")
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict):
        raise Forged("the token tells of no logout")
    if now.timestamp() - claims["iat"] > (_LOGOUT_LIFE + skew).total_seconds():
        raise Forged("the token was issued too long ago")
    session_name, subject = _name(claims, "sid"), _name(claims, "sub")
    if not session_name and not subject:
        raise Forged("the token names neither a session nor a person")
    return LogoutToken(_name(claims, "jti"), session_name, subject, now + _LOGOUT_LIFE + 2 * skew)


def _verified(provider: Provider, token: str, documents: Documents, now: datetime) -> jwt.Token:
    if len(token) > MOST_CHARACTERS:
        raise Forged("the token is too long")

    def key_of(signed: GuestProtocol) -> Key:
        key = documents.key_for(provider, signed.headers(), now)
        if key is None:
            raise Forged("it is signed with no key that the provider publishes")
        return key

    try:
        return jwt.decode(token, key_of, registry=_Header(algorithms=ALGORITHMS, strict_check_header=False))
    except JoseError as error:
        raise Forged(f"{type(error).__name__}: {error}"[:300]) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Forged("the token cannot be read") from None


def _hashing(token: jwt.Token) -> str:
    # The library knows the hash that goes with Ed25519 under its older name alone.
    algorithm = str(token.header["alg"])
    return "EdDSA" if algorithm == "Ed25519" else algorithm


def _expected(provider: Provider) -> dict[str, Any]:
    issuer, client = text_of(provider, "issuer"), text_of(provider, "client_id")
    return {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client},
        "iat": dict(_ESSENTIAL),
        "exp": dict(_ESSENTIAL),
    }


def _validate(claims: CodeIDToken, now: datetime, skew: int) -> None:
    try:
        claims.validate(int(now.timestamp()), skew)
    except (JoseError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise Forged(f"{type(error).__name__}: {error}"[:300]) from None


def _subject(claims: Mapping[str, Any]) -> str:
    if not (name := _name(claims, "sub")):
        raise Forged("the token names nobody")
    return name


def _name(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim, "")
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise Forged(f"the claim {claim} is not a name")
    return value


def _require_fresh(provider: Provider, claims: Mapping[str, Any], flow: Flow) -> None:
    """Refuse one who did not prove themselves again since the journey began, though that was asked for."""
    at, text = claims.get("auth_time"), _NOT_ANEW.format(provider.description)
    if not isinstance(at, int | float) or isinstance(at, bool):
        detail = "the provider does not say when the person signed in (auth_time)"
        raise SignInFailed(Reason.PROVIDER_REFUSED, text, detail)
    if at < flow.started_at.timestamp() - skew_of(provider):
        detail = "the person signed in before they were asked to prove themselves again"
        raise SignInFailed(Reason.PROVIDER_REFUSED, text, detail)
