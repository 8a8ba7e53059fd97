"""OpenID Connect: authorization code with PKCE, an ID token that is verified in full, sign-out both ways."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.common.urls import add_params_to_uri

from keyhouse.core.reasons import Reason
from keyhouse.signin.method import Begun, Field, Finding, Flow, Identity, Provider, ProviderDown, SignInFailed
from keyhouse.signin.oidc import findings
from keyhouse.signin.oidc.documents import Discovered, Documents
from keyhouse.signin.oidc.exchange import address_of, plain, tokens_for, userinfo_of
from keyhouse.signin.oidc.identity import identity_of, is_incomplete
from keyhouse.signin.oidc.settings import FIELDS, problems_of, text_of
from keyhouse.signin.oidc.tokens import REFUSED, LogoutToken, id_token_of, logout_token_of

_LONGEST_HINT = 6_000
"""Servers refuse longer addresses; the provider then asks the person whom to sign out."""
_ANSWERS = {
    "access_denied": "{0} did not let you in: you said no there, or are not meant to use this site. Ask whoever "
    "administers {0} to allow you this application.",
    "login_required": "{0} wants you to sign in there again. Start again from the sign-in page.",
    "interaction_required": "{0} wants to ask you something first. Start again from the sign-in page.",
    "consent_required": "{0} needs your consent to tell this site who you are. Start again, and allow it.",
    "account_selection_required": "{0} does not know which account you mean. Start again, and choose one.",
    "unmet_authentication_requirements": "{0} could not ask you for the second factor that this site wants. Set one up "
    "there, and start again.",
}
_WRONG = "{0} does not accept this site as it is configured. Tell whoever runs this site; its log says what is wrong."
_BUSY = frozenset({"temporarily_unavailable", "server_error"})


@dataclass(frozen=True)
class CameBack:
    """What the provider sent along with the browser: a code, or an error, and who it is where it says so."""

    code: str = ""
    error: str = ""
    error_description: str = ""
    issuer: str = ""


class OpenIdConnect:
    """Signs in at a provider of OpenID Connect."""

    kind = "oidc"
    title = "OpenID Connect"
    fields: tuple[Field, ...] = FIELDS

    def __init__(self) -> None:
        self.documents = Documents()

    def problems(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Return what is wrong with settings that somebody wants to save: the field's name and a sentence."""
        return problems_of(settings, secrets)

    def named_by(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what must stay as it is: a subject is one of its issuer alone (OpenID Connect Core 5.7)."""
        return (str(settings.get("issuer") or "").strip(),)

    def test(self, provider: Provider) -> Iterable[Finding]:
        """Try a configuration without a person: its documents are read anew."""
        return findings.findings(provider)

    def begin(self, provider: Provider, flow: Flow) -> Begun:
        """Return the address to lead the browser to. Raises `SignInFailed`."""
        return Begun(address_of(provider, flow, self.documents.discovered(provider, flow.started_at)))

    def finish(self, provider: Provider, flow: Flow, came: CameBack, now: datetime) -> Identity:
        """Return who came back from the provider. Raises `SignInFailed`."""
        document = self.documents.discovered(provider, now)
        _check_issuer(provider, document, came)
        if came.error:
            raise _refused(provider, came)
        id_token, access_token = tokens_for(provider, flow, came.code, document)
        claims = id_token_of(provider, flow, id_token, access_token, self.documents, now)
        userinfo: Mapping[str, Any] = {}
        if access_token and document.userinfo_endpoint and is_incomplete(provider, claims):
            userinfo = userinfo_of(provider, document, access_token, claims["sub"])
        return identity_of(provider, claims, userinfo, {"id_token": id_token, "url": document.end_session_endpoint})

    def sign_out_url(self, provider: Provider, sign_out_with: Mapping[str, str], return_url: str) -> str | None:
        """Return where the provider's session is ended (OpenID Connect RP-Initiated Logout 1.0); None where it is not.

        Nothing is asked of the provider for it: signing out here does not wait for one that is down.
        """
        endpoint, hint = sign_out_with.get("url"), sign_out_with.get("id_token", "")
        if not endpoint:
            return None
        asked = [("client_id", text_of(provider, "client_id")), ("post_logout_redirect_uri", return_url)]
        if hint and len(hint) <= _LONGEST_HINT:
            asked.insert(0, ("id_token_hint", hint))
        return str(add_params_to_uri(endpoint, asked))

    def signed_out(self, provider: Provider, token: str, now: datetime) -> LogoutToken:
        """Return whom the provider signed out, by its back channel. Raises `Forged` or `ProviderDown`."""
        return logout_token_of(provider, token, self.documents, now)


def _check_issuer(provider: Provider, document: Discovered, came: CameBack) -> None:
    """Refuse an answer that another provider gives (RFC 9207, 2.4: mix-up)."""
    is_named = bool(came.issuer) or document.says_issuer
    if is_named and came.issuer != document.issuer:
        detail = f"the answer comes from issuer '{plain(came.issuer)}', not from '{document.issuer}'"
        raise SignInFailed(Reason.PROVIDER_REFUSED, REFUSED.format(provider.description), detail)


def _refused(provider: Provider, came: CameBack) -> SignInFailed:
    detail = f"the provider answers: {plain(came.error)} {plain(came.error_description)}".rstrip()
    if came.error in _BUSY:
        return ProviderDown(provider.description, detail)
    text = _ANSWERS.get(came.error, _WRONG).format(provider.description)
    return SignInFailed(Reason.PROVIDER_REFUSED, text, detail)


method = OpenIdConnect()
