"""The way to a provider of OpenID Connect and back: the address that leads there, and the code that is exchanged."""

from typing import Any
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import Key

from keyhouse.core.reasons import Reason
from keyhouse.signin.fetching import Fetched, FetchFailed, fetch
from keyhouse.signin.method import Flow, Provider, ProviderDown, SignInFailed
from keyhouse.signin.oidc.documents import Discovered, Unusable, json_object
from keyhouse.signin.oidc.settings import AUTOMATIC, BASIC, NONE, POST, PRIVATE_KEY, private_key, text_of
from keyhouse.signin.oidc.tokens import REFUSED

CALLBACK = "oidc-validate.view"
_LONGEST_CODE = 8_192
_USED_UP = "This sign-in has been used already, or took too long. Start again from the sign-in page."
_MISCONFIGURED = "{0} does not accept this site at present. Tell whoever runs this site; its log says what is wrong."
_KEY_ALGORITHMS = {"RSA": "PS256", "EC": "ES256", "OKP": "Ed25519"}
_CURVE_ALGORITHMS = {"P-384": "ES384", "P-521": "ES512"}


def address_of(provider: Provider, flow: Flow, document: Discovered) -> str:
    """Return the address that asks for a code, bound to this journey by state, nonce and PKCE."""
    prompt = "login" if flow.is_fresh else text_of(provider, "prompt")
    url: str = prepare_grant_uri(
        document.authorization_endpoint,
        text_of(provider, "client_id"),
        "code",
        redirect_uri=provider.url(CALLBACK),
        scope=text_of(provider, "scopes"),
        state=flow.state,
        nonce=flow.nonce,
        response_mode="query",
        code_challenge=create_s256_code_challenge(flow.verifier),
        code_challenge_method="S256",
        prompt=prompt or None,
        max_age="0" if flow.is_fresh else None,
        acr_values=text_of(provider, "acr_values") or None,
    )
    return url


def tokens_for(provider: Provider, flow: Flow, code: str, document: Discovered) -> tuple[str, str]:
    """Exchange a code for an ID token and an access token, which may be empty. Raises `SignInFailed`."""
    if not code or len(code) > _LONGEST_CODE or not code.isprintable():
        raise SignInFailed(
            Reason.PROVIDER_REFUSED, REFUSED.format(provider.description), "there is no code in the answer"
        )
    body = prepare_token_request(
        "authorization_code", code=code, redirect_uri=provider.url(CALLBACK), code_verifier=flow.verifier
    )
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    url, headers, body = _client(provider, document).prepare("POST", document.token_endpoint, headers, body)
    answer = _asked(provider, url, body.encode(), headers)
    tokens = _object(provider, answer, document.token_endpoint)
    if answer.status != 200:
        raise _refusal(provider, answer.status, tokens)
    id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(id_token, str):
        detail = "the provider sent no ID token; is openid among the scopes?"
        raise SignInFailed(Reason.PROVIDER_REFUSED, _MISCONFIGURED.format(provider.description), detail)
    return id_token, access_token if isinstance(access_token, str) else ""


def userinfo_of(provider: Provider, document: Discovered, access_token: str, subject: str) -> dict[str, Any]:
    """Return what the provider says of a person besides the ID token. Raises `SignInFailed`."""
    if not access_token.isascii() or not access_token.isprintable():
        raise SignInFailed(Reason.PROVIDER_REFUSED, REFUSED.format(provider.description), "the access token is none")
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
    answer = _asked(provider, document.userinfo_endpoint, None, headers)
    if answer.status != 200:
        raise ProviderDown(provider.description, f"{document.userinfo_endpoint} answered with status {answer.status}.")
    found = _object(provider, answer, document.userinfo_endpoint)
    if found.get("sub") != subject:
        # OpenID Connect Core 5.3.2: else the token of one person could bring the address of another.
        detail = "the userinfo endpoint speaks of another person than the ID token"
        raise SignInFailed(Reason.PROVIDER_REFUSED, REFUSED.format(provider.description), detail)
    return found


def client_authentication(provider: Provider, document: Discovered) -> str:
    """Return how this site proves itself at the provider."""
    how = text_of(provider, "client_authentication")
    if how != AUTOMATIC:
        return how
    offered = document.client_authentications
    return POST if POST in offered and BASIC not in offered else BASIC


def _signing_algorithm(key: Key) -> str:
    """Return the algorithm with which a private key signs."""
    return _CURVE_ALGORITHMS.get(str(key.get("crv")), _KEY_ALGORITHMS[key.key_type])


def _client(provider: Provider, document: Discovered) -> ClientAuth:
    how, name = client_authentication(provider, document), text_of(provider, "client_id")
    secret = provider.secrets.get("client_secret", "")
    if how == PRIVATE_KEY:
        return _signing_client(provider, document)
    if how == BASIC:
        # RFC 6749, 2.3.1: both are form-encoded before they are joined by a colon.
        return ClientAuth(quote_plus(name), quote_plus(secret), BASIC)
    return ClientAuth(name, secret, POST if how == POST else NONE)


def _signing_client(provider: Provider, document: Discovered) -> ClientAuth:
    try:
        key = private_key(provider.secrets.get("private_key", ""))
    except ValueError as error:
        text = _MISCONFIGURED.format(provider.description)
        raise SignInFailed(
            Reason.PROVIDER_REFUSED, text, f"the private key of this site cannot be read: {error}"
        ) from None
    number = text_of(provider, "private_key_id")
    header = {"kid": number} if number else {}
    proof = PrivateKeyJWT(document.token_endpoint, headers=header, alg=_signing_algorithm(key))
    return ClientAuth(text_of(provider, "client_id"), key, proof)


def _asked(provider: Provider, url: str, body: bytes | None, headers: dict[str, str]) -> Fetched:
    try:
        return fetch(url, body, headers, authorities=text_of(provider, "authorities"))
    except FetchFailed as error:
        raise ProviderDown(provider.description, str(error)) from None


def _object(provider: Provider, answer: Fetched, source: str) -> dict[str, Any]:
    try:
        return json_object(answer.body, source)
    except Unusable as error:
        raise ProviderDown(provider.description, f"{error} It came with status {answer.status}.") from None


def _refusal(provider: Provider, status: int, answer: dict[str, Any]) -> SignInFailed:
    error, described = plain(answer.get("error")), plain(answer.get("error_description"))
    detail = f"the code was not exchanged: status {status}, {error} {described}".rstrip()
    if status >= 500 or status == 429:
        return ProviderDown(provider.description, detail)
    text = _USED_UP if error == "invalid_grant" else _MISCONFIGURED.format(provider.description)
    return SignInFailed(Reason.PROVIDER_REFUSED, text, detail)


def plain(value: object) -> str:
    """Return what a provider says of an error, fit for one line of the log."""
    text = value if isinstance(value, str) else ""
    return "".join(character if character.isprintable() else " " for character in text[:200])
