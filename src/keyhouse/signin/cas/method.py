"""CAS, protocol 3 or 2: the browser brings a ticket, and the server that gave it says whose it is."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from keyhouse.signin.cas import known, logout, tickets, trial
from keyhouse.signin.cas.settings import FIELDS, client_of
from keyhouse.signin.fetching import address_problem, authorities_problem
from keyhouse.signin.method import Begun, Field, Finding, Flow, Identity, Provider

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+\Z")
_NO_LOGIN = "Give the address of the CAS server itself, as https://cas.example.org/cas, without /login at its end."


class Cas:
    """Leads to a CAS server and has it say whose ticket came back."""

    kind = "cas"
    title = "CAS"
    fields: tuple[Field, ...] = FIELDS

    def problems(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Return what is wrong with settings that somebody wants to save."""
        url = str(settings.get("server_url") or "").strip()
        if problem := address_problem(url):
            yield "server_url", problem
        elif url.rstrip("/").endswith("/login") or "?" in url or "#" in url:
            yield "server_url", _NO_LOGIN
        if str(settings.get("version") or "3") not in {"2", "3"}:
            yield "version", "Choose protocol 3 or 2. Protocol 1 and SAML 1.1 are not spoken."
        domain = str(settings.get("email_domain") or "").strip().lower()
        if domain and not _DOMAIN.match(domain):
            yield "email_domain", "Give a domain as example.org, without @."
        if not domain and not str(settings.get("email_attribute") or "").strip():
            yield "email_attribute", "Name the attribute that has the e-mail address, or give a domain for user names."
        if problem := authorities_problem(str(settings.get("authorities") or "")):
            yield "authorities", problem

    def named_by(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what must stay as it is: user names are those of one server, read from one attribute."""
        server = str(settings.get("server_url") or "").strip().rstrip("/").lower()
        return server, str(settings.get("subject_attribute") or "").strip()

    def test(self, provider: Provider) -> Iterable[Finding]:
        """Try the server without a person: its sign-in page, its protocol, whether it knows this site."""
        return trial.findings(provider)

    def begin(self, provider: Provider, flow: Flow) -> Begun:
        """Return the server's sign-in page, which leads back to the address of this one journey."""
        return Begun(client_of(provider, flow).get_login_url())

    def check_syntax(self, provider: Provider, ticket: str) -> None:
        """Refuse what is no service ticket, before anybody is asked about it. Raises `SignInFailed`."""
        tickets.check_syntax(provider, ticket)

    def identity_of(self, provider: Provider, flow: Flow, ticket: str) -> Identity:
        """Have the server say whose ticket this is. Raises `SignInFailed`."""
        return tickets.identity_of(provider, flow, ticket)

    def ended_ticket(self, message: str) -> str:
        """Return the ticket whose session is over, as the server's message says. Raises `NotCas`."""
        return logout.ticket_of(message)

    def is_known(self, provider: Provider, ticket: str) -> bool:
        """Tell whether somebody came here with this ticket."""
        return known.is_known(provider, ticket)

    def sign_out_url(self, provider: Provider, sign_out_with: Mapping[str, str], return_url: str) -> str | None:
        """Return the server's sign-out, unless signing out here is to end only the session here."""
        if not provider.settings.get("signs_out_there", True):
            return None
        return str(client_of(provider).get_logout_url(return_url))


method = Cas()
