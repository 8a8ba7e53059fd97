"""The test of a CAS configuration: what the server answers without a person."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from keyhouse.signin.cas.answer import NotCas, Refused, read
from keyhouse.signin.cas.settings import PAGE, server_of, service_of, with_query
from keyhouse.signin.fetching import Fetched, FetchFailed, fetch
from keyhouse.signin.method import Finding, Provider

_NO_TICKET = "ST-keyhouse-asks-whether-you-are-there"
_UNREGISTERED = {401, 403}


def findings(provider: Provider) -> Iterator[Finding]:
    """Reach the server's pages one after the other, and stop where nothing more can be learned."""
    service = service_of(provider, "test")
    page = with_query(f"{server_of(provider)}/login", {"service": service})
    try:
        login = fetch(page, authorities=provider.text("authorities"))
    except FetchFailed as error:
        yield Finding(False, str(error), "Check the server URL, the firewall and the server's certificate.")
        return
    yield _reached(provider, login)
    yield _validates(provider, service)
    pattern = "^" + re.escape(provider.url(PAGE).partition("?")[0]) + r"\?.*"
    yield Finding(True, f"Register this service at the CAS server: {pattern.replace(chr(92) + '-', '-')}")
    yield _attribute(provider)


def _reached(provider: Provider, login: Fetched) -> Finding:
    if login.status in _UNREGISTERED:
        advice = "Register the service below at the CAS server, and let it be enabled for single sign-on."
        return Finding(False, f"The server refuses this site as a service (status {login.status}).", advice)
    if login.status != 200:
        text = f"{server_of(provider)}/login answered with status {login.status} instead of 200."
        return Finding(False, text, "Check the path of the server URL; it often ends with /cas.")
    is_encrypted = urlsplit(server_of(provider)).scheme == "https"
    how = "its certificate is trusted" if is_encrypted else "without encryption, which is for this very machine only"
    return Finding(True, f"The sign-in page answers; {how}.")


def _validates(provider: Provider, service: str) -> Finding:
    # A ticket that cannot exist must be refused, in the words of the protocol.
    path = "p3/serviceValidate" if (provider.text("version") or "3") == "3" else "serviceValidate"
    url = with_query(f"{server_of(provider)}/{path}", {"service": service, "ticket": _NO_TICKET})
    try:
        answered = fetch(url, authorities=provider.text("authorities"))
        if answered.status == 404:
            text = f"The server has no /{path}."
            return Finding(False, text, "It may speak an older protocol: choose CAS protocol 2.0.")
        read(answered.body)
    except Refused as refused:
        if refused.code in {"INVALID_SERVICE", "UNAUTHORIZED_SERVICE"}:
            return Finding(False, f"The server does not know this site ({refused}).", "Register the service below.")
        return Finding(True, f"Tickets are validated at /{path}; one that cannot exist was refused ({refused.code}).")
    except (FetchFailed, NotCas) as error:
        return Finding(False, f"/{path} did not answer as a CAS server does: {error}", "Check the server URL.")
    return Finding(False, "The server accepts a ticket that cannot exist.", "Do not use it: it lets anybody in.")


def _attribute(provider: Provider) -> Finding:
    if domain := provider.text("email_domain"):
        return Finding(True, f"The user name jdoe becomes the address jdoe@{domain}.")
    name = provider.text("email_attribute")
    return Finding(True, f"The server must release the attribute {name}; only a sign-in shows whether it does.")
