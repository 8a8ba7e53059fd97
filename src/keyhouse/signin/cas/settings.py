"""What is asked of a CAS configuration, and the library's client that it makes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from cas import CASClient, CASClientV2

from keyhouse.signin.fetching import Fetched, FetchFailed, fetch
from keyhouse.signin.method import Field, FieldKind, Flow, Provider, ProviderDown

PAGE = "cas-validate.view"

FIELDS = (
    Field("server_url", "Server URL", "As https://cas.example.org/cas, without /login.", FieldKind.URL, True),
    Field(
        "version",
        "CAS protocol",
        "Protocol 3 brings attributes. Servers before 2014 speak 2.",
        FieldKind.CHOICE,
        default="3",
        choices=(("3", "3.0"), ("2", "2.0")),
    ),
    Field("email_attribute", "Attribute with the e-mail address", "The server must release it.", default="mail"),
    Field(
        "email_domain",
        "Domain added to user names",
        "Where this is given, jdoe has the address jdoe@example.org, and the attribute is not asked.",
    ),
    Field("name_attribute", "Attribute with the name", "Shown where a new account is made.", default="displayName"),
    Field("groups_attribute", "Attribute with groups", default="memberOf"),
    Field(
        "subject_attribute",
        "Attribute that names a person for ever",
        "Empty is the user name. Give one where user names are handed on to other people.",
    ),
    Field(
        "ignores_case",
        "User names that differ only in case are one person",
        "As in Active Directory and most LDAP directories.",
        FieldKind.FLAG,
        default=False,
    ),
    Field(
        "renews",
        "Ask for the password at each sign-in",
        "Sends renew=true, so that the server's own session is not enough.",
        FieldKind.FLAG,
        default=False,
    ),
    Field(
        "two_factor_values",
        "Values that mean two factors",
        "One in a line, of the attributes authnContextClass and authenticationMethod: mfa-duo, mfa-gauth.",
        FieldKind.LINES,
    ),
    Field(
        "phishing_resistant_values",
        "Values that mean a phishing-resistant factor",
        "One in a line, of the same attributes: mfa-webauthn.",
        FieldKind.LINES,
    ),
    Field(
        "signs_out_there",
        "Sign out at the CAS server too",
        "Signing out here goes on to the server's sign-out, which ends its session.",
        FieldKind.FLAG,
        default=True,
    ),
    Field(
        "authorities",
        "Certificates of authorities",
        "PEM, only where the server's certificate is from an authority of your own.",
        FieldKind.FILE,
    ),
)


class Answer:
    """What the library reads of an answer."""

    def __init__(self, fetched: Fetched) -> None:
        self.status_code = fetched.status
        self.content = fetched.body

    def close(self) -> None:
        """Do nothing: the answer is here whole."""


class CarefulSession:
    """Fetches for the library, which by itself knows no deadline, no bound and no difference between hosts."""

    def __init__(self, provider: Provider, is_renewing: bool) -> None:
        self._provider = provider
        self._is_renewing = is_renewing

    def get(self, url: str, params: Mapping[str, str], **_: Any) -> Answer:
        """Get an address, with `renew` where it was asked for: the library leaves it out when it validates.

        Raises `ProviderDown`.
        """
        asked = {**params, "renew": "true"} if self._is_renewing else dict(params)
        try:
            fetched = fetch(with_query(url, asked), authorities=self._provider.text("authorities"))
        except FetchFailed as error:
            raise ProviderDown(self._provider.description, without_ticket(str(error), asked)) from None
        if fetched.status != 200:
            detail = f"{url} answered with status {fetched.status} instead of 200."
            raise ProviderDown(self._provider.description, detail)
        return Answer(fetched)


def client_of(provider: Provider, flow: Flow | None = None) -> CASClientV2:
    """Return the library's client, for one journey where that is given."""
    is_renewing = provider.flag("renews") or (flow is not None and flow.is_fresh)
    return CASClient(
        version=provider.text("version") or "3",
        service_url=service_of(provider, flow.state) if flow else None,
        server_url=server_of(provider) + "/",
        renew=is_renewing,
        session=CarefulSession(provider, is_renewing),
    )


def server_of(provider: Provider) -> str:
    """Return the address of the server without a slash at its end."""
    return provider.text("server_url").strip().rstrip("/")


def service_of(provider: Provider, state: str) -> str:
    """Return the address that a ticket is for: this configuration and this one journey, so that it fits no other."""
    return f"{provider.url(PAGE)}&state={state}"


def with_query(url: str, values: Mapping[str, str]) -> str:
    """Add parameters to an address that has none."""
    return f"{url}?{urlencode(values)}"


def without_ticket(text: str, asked: Mapping[str, str]) -> str:
    """Take the ticket out of a text that goes into the log."""
    return text.replace(asked.get("ticket") or "\0", "ST-…")
