"""SAML 2.0: the web browser single sign-on profile, and single logout (saml-profiles-2.0, 4.1 and 4.4)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request

from keyhouse import system
from keyhouse.core.reasons import Reason
from keyhouse.signin.fetching import FetchFailed, address_problem, fetch_document
from keyhouse.signin.method import Begun, Finding, Flow, Incomplete, Provider, SignInFailed
from keyhouse.signin.saml.fields import FIELDS, LONGEST_SKEW, acs_of, entity_id_of, lines_of, skew_of, sls_of
from keyhouse.signin.saml.keys import certificates_in, make_pair, pair_problem
from keyhouse.signin.saml.metadata import Idp, MetadataProblem, difference, idp_of, read_metadata
from keyhouse.signin.saml.settings import library_settings, signed_url

_SOON = timedelta(days=30)
_OF_PROVIDER = ("metadata", "metadata_url", "entity_id", "sso_url", "slo_url", "certificates")
_REFUSED = (
    "The answer of {0} could not be accepted. Start again from the sign-in page; if this happens again, tell an "
    "administrator of this site: its log says why."
)
_UNREADY = "{0} is not set up completely. Sign in another way, and tell an administrator of this site."


class Saml:
    """The method of SAML configurations."""

    kind = "saml"
    title = "SAML"
    fields = FIELDS

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def problems(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Return what is wrong with settings that somebody wants to save."""
        yield from self._provider_problems(settings)
        key, certificate = secrets.get("sp_key", ""), str(settings.get("sp_certificate") or "")
        if (key or certificate) and (problem := pair_problem(key, certificate)):
            yield "sp_key" if "key" in problem else "sp_certificate", problem
        if settings.get("wants_encryption") and not key:
            yield "sp_key", "Without a key of its own this site could not read what is encrypted for it."
        skew = str(settings.get("clock_skew_seconds", 60)).strip()
        if not skew.isdigit() or int(skew) > LONGEST_SKEW:
            yield "clock_skew_seconds", f"Write a number of seconds from 0 to {LONGEST_SKEW}."
        for name in ("requested_contexts", "two_factor_contexts", "phishing_resistant_contexts"):
            if any(":" not in line or " " in line for line in lines_of(settings, name)):
                yield name, "Write one whole name a line, such as https://refeds.org/profile/mfa."

    def named_by(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what must stay as it is: the provider's entity id, and the attribute by which people are known."""
        try:
            entity_id = idp_of(settings).entity_id
        except MetadataProblem:
            entity_id = ""
        return entity_id, str(settings.get("subject_attribute") or "").strip()

    def completed(
        self, settings: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Fill in what a configuration lacks when it is saved: the metadata at its address, and a key of this site.

        The certificates that are known then are a setting of their own, so that the log of the change names them.
        Raises `Incomplete`.
        """
        whole, sealed = dict(settings), dict(secrets)
        if url := str(settings.get("metadata_url") or "").strip():
            try:
                whole["metadata"] = fetch_document(url).decode("utf-8", "strict")
            except (FetchFailed, UnicodeDecodeError) as error:
                raise Incomplete("metadata_url", f"The metadata could not be fetched. {error}") from None
        if not sealed.get("sp_key") and not whole.get("sp_certificate"):
            sealed["sp_key"], whole["sp_certificate"] = make_pair("keyhouse", self._clock())
        whole["known_certificates"] = _known(whole)
        return whole, sealed

    def test(self, provider: Provider) -> Iterable[Finding]:
        """Try a configuration: read the provider's metadata, and look at everything that expires."""
        try:
            idp = idp_of(provider.settings)
        except MetadataProblem as error:
            yield Finding(False, str(error), "Edit this configuration and save it again.")
            yield from self._own(provider)
            return
        yield Finding(True, f"The provider is {idp.entity_id}; people are led to {idp.sso_url}.")
        yield from self._published(provider, idp)
        yield from self._dates(idp)
        yield from self._own(provider)
        if not idp.slo_url:
            text = "The provider takes no sign-out (HTTP-Redirect): signing out here does not sign out there."
            yield Finding(True, text)

    def begin(self, provider: Provider, flow: Flow) -> Begun:
        """Return the address to lead the browser to, with a request that is signed where this site has a key."""
        idp = self._idp(provider)
        writing = library_settings(provider, idp, idp.certificates, is_for_writing=True)
        has_policy = bool(provider.text("name_id_format"))
        request = OneLogin_Saml2_Authn_Request(writing, force_authn=flow.is_fresh, set_nameid_policy=has_policy)
        parameters = {"SAMLRequest": request.get_request(), "RelayState": flow.state}
        settings = library_settings(provider, idp, idp.certificates)
        return Begun(signed_url(provider, settings, idp.sso_url, parameters), {"request": request.get_id()})

    def sign_out_url(self, provider: Provider, sign_out_with: Mapping[str, str], return_url: str) -> str | None:
        """Return where the provider ends its session: a request that is signed, or nothing where it would not be."""
        idp = self._idp(provider)
        if not idp.slo_url or not sign_out_with.get("name"):
            return None
        writing = library_settings(provider, idp, idp.certificates, is_for_writing=True)
        if not writing.get_sp_key():
            return None
        request = OneLogin_Saml2_Logout_Request(
            writing,
            name_id=sign_out_with["name"],
            session_index=escape(sign_out_with.get("session_index", "")),
            nq=sign_out_with.get("name_qualifier") or None,
            name_id_format=sign_out_with.get("format") or None,
            spnq=sign_out_with.get("sp_name_qualifier") or None,
        )
        settings = library_settings(provider, idp, idp.certificates)
        return signed_url(provider, settings, idp.slo_url, {"SAMLRequest": request.get_request()})

    def _idp(self, provider: Provider) -> Idp:
        try:
            return idp_of(provider.settings)
        except MetadataProblem as error:
            text = _UNREADY.format(provider.description)
            raise SignInFailed(Reason.PROVIDER_REFUSED, text, str(error)) from None

    def _provider_problems(self, settings: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        if not any(settings.get(name) for name in _OF_PROVIDER):
            # Many providers want to know this site first, and it has its addresses once it is saved.
            return
        url = str(settings.get("metadata_url") or "").strip()
        if url and (problem := address_problem(url)):
            yield "metadata_url", problem
        elif not url or settings.get("metadata"):
            try:
                idp_of(settings)
            except MetadataProblem as error:
                yield error.field, str(error)

    def _published(self, provider: Provider, idp: Idp) -> Iterable[Finding]:
        url = provider.text("metadata_url").strip()
        if not url:
            return
        try:
            published = read_metadata(fetch_document(url), provider.text("entity_id").strip())
        except (FetchFailed, MetadataProblem) as error:
            yield Finding(False, f"The metadata could not be read. {error}", "Sign-in goes on with what was kept.")
            return
        kept = read_metadata(provider.text("metadata").encode(), provider.text("entity_id").strip())
        changes = difference(kept, published)
        advice = "Compare this with what the provider announced, then save this configuration to take it."
        if changes:
            yield Finding(False, f"The provider has published other metadata: {'; '.join(changes)}.", advice)
        else:
            yield Finding(True, f"The metadata at {url} is what was kept.")

    def _dates(self, idp: Idp) -> Iterable[Finding]:
        now = self._clock()
        for each in idp.certificates:
            if now < each.not_before:
                yield Finding(
                    False, f"The {each.words} is not valid yet.", "Nothing that it signs is accepted until then."
                )
            elif now >= each.not_after:
                advice = "Nothing that it signs is accepted. Take the provider's new metadata."
                yield Finding(False, f"The {each.words} has expired.", advice)
            elif now + _SOON >= each.not_after:
                advice = "Ask the provider when it changes its key, and take its new metadata before."
                yield Finding(False, f"The {each.words} expires within {_SOON.days} days.", advice)
            else:
                yield Finding(True, f"The provider signs with the {each.words}.")
        if idp.valid_until is not None and idp.valid_until <= now:
            advice = "Give the address of the metadata, or upload it anew."
            yield Finding(False, f"The metadata was valid until {idp.valid_until:%Y-%m-%d}.", advice)

    def _own(self, provider: Provider) -> Iterable[Finding]:
        now, skew = self._clock(), skew_of(provider.settings)
        yield Finding(
            True,
            f"Register this site at the provider with its metadata, {provider.url('saml-metadata.view')}; or by hand: "
            f"entity id {entity_id_of(provider)}, assertion consumer service (HTTP-POST) {acs_of(provider)}, "
            f"single logout (HTTP-Redirect) {sls_of(provider)}.",
        )
        if not provider.base_url.startswith("https://"):
            advice = "Most providers post to https:// alone. Set base_url to the address that browsers use."
            yield Finding(False, f"This site's address is {provider.base_url}, which is not encrypted.", advice)
        if not provider.secrets.get("sp_key"):
            advice = "Save this configuration without a key: one is made. Single logout needs it."
            yield Finding(False, "This site has no key: its requests are not signed.", advice)
        for each in certificates_in(provider.text("sp_certificate")):
            if now + _SOON >= each.not_after:
                advice = "Empty both fields and save, then register this site's metadata anew."
                yield Finding(False, f"This site's own {each.words} expires soon or has expired.", advice)
        text = f"This server's clock says {now:%Y-%m-%d %H:%M:%S} UTC; the provider's may differ by {skew} seconds."
        yield Finding(True, text)


def _known(settings: Mapping[str, Any]) -> str:
    try:
        known = idp_of(settings).certificates
    except MetadataProblem:
        return ""
    return "\n".join(f"{each.fingerprint} until {each.not_after:%Y-%m-%d}" for each in known)


def refused(provider: Provider, detail: str) -> SignInFailed:
    """Return the refusal of an answer: one text for the person, whatever was wrong; the detail is for the log."""
    return SignInFailed(Reason.PROVIDER_REFUSED, _REFUSED.format(provider.description), detail)


method = Saml(system.now)
