"""The port that every method of sign-in fits: what it is asked, and the values that go to and fro.

A method checks what a provider says; it never opens a session, makes an account or writes to the log. That is done in
one place for all of them (`entering`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from keyhouse.core.assurance import Assurance
from keyhouse.core.reasons import Reason


class FieldKind(StrEnum):
    """What a setting of a configuration is, which decides how the page asks for it."""

    TEXT = "text"
    LINES = "lines"
    URL = "url"
    FILE = "file"
    """A text that may be uploaded: a certificate, a metadata document."""
    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True)
class Field:
    """One setting of a kind of configuration. A secret one is written and never shown again."""

    name: str
    label: str
    help: str = ""
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = False
    is_secret: bool = False
    default: Any = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Provider:
    """One configuration as a method sees it, its secrets open. `base_url` is where this site is for browsers."""

    id: int
    kind: str
    description: str
    settings: Mapping[str, Any]
    base_url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    domains: tuple[str, ...] = ()
    is_enabled: bool = True

    def url(self, name: str) -> str:
        """Return the whole address of an action of this site that belongs to this configuration."""
        return f"{self.base_url}/{name}?configuration={self.id}"

    def text(self, name: str) -> str:
        """Return a setting that is a text; empty where it was not set."""
        return str(self.settings.get(name) or "")

    def flag(self, name: str) -> bool:
        """Return a setting that is a yes or no."""
        return bool(self.settings.get(name))


@dataclass(frozen=True)
class Identity:
    """A person as a provider vouches for them. `subject` is the provider's own name for them, which never changes.

    `signed_in_at` is when they proved themselves there, where it says so. `session_name` is the provider's session
    (SessionIndex, sid, ticket), and `sign_out_with` what signing out there needs.
    """

    subject: str
    email: str
    is_email_verified: bool
    display_name: str = ""
    methods: tuple[str, ...] = ()
    assurance: Assurance = Assurance.SINGLE
    signed_in_at: datetime | None = None
    groups: frozenset[str] = frozenset()
    session_name: str = field(default="", repr=False)
    sign_out_with: Mapping[str, str] = field(default_factory=dict, repr=False)


class Purpose(StrEnum):
    """What a person went to the provider for."""

    SIGN_IN = "sign-in"
    FRESH = "fresh sign-in"
    TRY = "trying the configuration"
    LINK = "linking the identity"
    SECOND_FACTOR = "second factor"


@dataclass(frozen=True)
class Flow:
    """One journey of one browser to one provider and back; it is kept in the browser's session and taken once."""

    provider_id: int
    state: str
    nonce: str
    verifier: str
    purpose: Purpose
    return_url: str
    started_at: datetime
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_fresh(self) -> bool:
        """Tell whether the provider must ask the person anew."""
        return self.purpose is Purpose.FRESH


@dataclass(frozen=True)
class Begun:
    """Where the browser is led, and what the method must remember until it comes back (`Flow.extra`)."""

    url: str
    extra: Mapping[str, str] = field(default_factory=dict)


class SignInFailed(Exception):
    """A sign-in failed. `text` is for the person, and says what to do next; `detail` is for the log, exact."""

    def __init__(self, reason: Reason, text: str, detail: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.detail = detail or text


class ProviderDown(SignInFailed):
    """The provider could not be reached; other ways to sign in still work."""

    def __init__(self, description: str, detail: str) -> None:
        text = f"{description} cannot be reached at present. Try again in a minute, or sign in another way."
        super().__init__(Reason.PROVIDER_DOWN, text, detail)


class OutOfOrder(SignInFailed):
    """This server cannot take people to the provider; what it lacks is for its administrator, not for visitors."""

    def __init__(self, description: str, detail: str) -> None:
        text = f"{description} cannot be used here at present. Sign in another way, and tell an administrator."
        super().__init__(Reason.PROVIDER_DOWN, text, detail)


@dataclass(frozen=True)
class Finding:
    """One thing that a test of a configuration found: whether it is well, and what to do where it is not."""

    is_ok: bool
    text: str
    advice: str = ""


class Method(Protocol):
    """One kind of configuration: what it asks of the administrator, and how it is tried."""

    kind: str
    title: str
    fields: Sequence[Field]

    def problems(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Return what is wrong with settings that somebody wants to save: the field's name and a sentence."""
        ...

    def test(self, provider: Provider) -> Iterable[Finding]:
        """Try a configuration without a person: reach the provider, read its documents, check what expires."""
        ...


class Incomplete(Exception):
    """What a configuration lacks could not be filled in; `field` is the setting to look at."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@runtime_checkable
class CompletingMethod(Protocol):
    """A method that fills in what a configuration lacks when it is saved, such as a key of this site."""

    def completed(
        self, settings: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return settings and secrets with what was lacking. Raises `Incomplete`."""
        ...


@runtime_checkable
class NamingMethod(Protocol):
    """A method whose subjects are names that another provider could give to somebody else."""

    def named_by(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what must stay as it is, or a known subject could be a stranger: who names people, and by what."""
        ...


class RedirectMethod(Method, Protocol):
    """A method that leads the browser to the provider and gets it back at an action of its own."""

    def begin(self, provider: Provider, flow: Flow) -> Begun:
        """Return the address to lead the browser to. Raises `SignInFailed`."""
        ...

    def sign_out_url(self, provider: Provider, sign_out_with: Mapping[str, str], return_url: str) -> str | None:
        """Return where signing out here should lead on, to end the provider's session too; None where it cannot."""
        ...


class FormMethod(Method, Protocol):
    """A method that checks what was typed into the sign-in form of this site, or came over Basic."""

    def check(self, provider: Provider, login: str, password: str) -> Identity | None:
        """Return who this is, or None for a wrong name or password. Raises `ProviderDown`."""
        ...

    def check_again(self, provider: Provider, subject: str, login: str, password: str) -> Identity | None:
        """Return the identity of a person who is known by their subject, or None where this is not their password.

        `login` is what they may be called where the subject leads to nobody. Raises `ProviderDown`.
        """
        ...
