"""One way to sign in: its settings, what to register at the provider, and whether it works."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console.authentication import crumb, row_of
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.signin.configurations import SAME_PEOPLE, Draft
from keyhouse.signin.entered import MOST_FILE_CHARACTERS, ConfigurationError, defaults_of, parse
from keyhouse.signin.method import Field, FieldKind, Finding
from keyhouse.signin.methods import FORM_KINDS, KINDS, REDIRECT_KINDS, SECONDARY_KINDS, NotInstalled, method_of
from keyhouse.signin.models import Configuration
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import Unavailable

actions = ActionTable()
PAGE = "login-configuration.view"
_ADDRESSES: Mapping[str, Sequence[tuple[str, str]]] = {
    "saml": (
        ("Assertion consumer service (ACS, reply URL)", "saml-validate.view"),
        ("Metadata, which is also the entity id of this site", "saml-metadata.view"),
        ("Single logout service", "saml-logout.view"),
    ),
    "oidc": (
        ("Redirect URI (callback)", "oidc-validate.view"),
        ("Back-channel logout URI", "oidc-backchannelLogout.view"),
        ("Post-logout redirect URI", "login-signedOut.view"),
    ),
    "cas": (("Service address, also for single logout", "cas-validate.view"),),
}
_OWN = frozenset({"login-signedOut.view"})
"""Addresses that are of the whole site: they do not name the configuration."""
_CHOICES = {"site": None, "yes": True, "no": False}


@dataclass(frozen=True)
class Entry:
    """One field on the form. A secret has no value here, whatever it is."""

    field: Field
    name: str
    value: Any
    problem: str
    is_set: bool

    @property
    def is_long(self) -> bool:
        """Tell whether it is written in several lines."""
        return self.field.kind in {FieldKind.LINES, FieldKind.FILE}

    @property
    def may_be_uploaded(self) -> bool:
        """Tell whether a file may be chosen for it."""
        return self.field.kind is FieldKind.FILE


@actions.add(
    "login-configuration",
    is_page=True,
    site_permission=Permission.ADMIN_OPERATIONS,
    needs_fresh_sign_in=True,
    takes_files=True,
)
def configuration(call: Call) -> HttpResponseBase:
    """Show the form of one configuration, or of a new one of a kind; by POST, save it or test it."""
    row = _row(call)
    if not is_post(call):
        return _page(call, row)
    if call.parameters.text("do") == "test" and row.pk:
        return _page(call, row, findings=call.site.configurations.test(row))
    try:
        return _save(call, row)
    except ConfigurationError as error:
        fields = {field.name for field in _fields(row.kind)}
        problems = [(f"field.{name}" if name in fields else name, text) for name, text in error.problems]
        return _page(call, _row(call), problems)


def _row(call: Call) -> Configuration:
    kind = call.parameters.text("kind")
    if call.parameters.number("configuration") or kind not in KINDS:
        return row_of(call)
    return Configuration(kind=kind, is_enabled=True, settings={}, domains=[])


def _fields(kind: str) -> Sequence[Field]:
    try:
        return method_of(kind).fields
    except NotInstalled as error:
        raise Unavailable(str(error)) from None


def _save(call: Call, row: Configuration) -> HttpResponseBase:
    draft = _draft(call, _fields(row.kind))
    if row.pk:
        changed = call.site.configurations.change(row, draft, call.caller)
        said = "way-saved" if changed else "way-same"
    else:
        row = call.site.configurations.add(row.kind, draft, call.caller, is_enabled=call.parameters.flag("enabled"))
        said = "way-added"
    return lead_to(call, PAGE, "/", configuration=row.id, said=said)


def _draft(call: Call, fields: Sequence[Field]) -> Draft:
    typed = {field.name: _typed(call, field) for field in fields}
    secret = {field.name for field in fields if field.is_secret}
    settings = {name: text for name, text in typed.items() if name not in secret and text is not None}
    secrets = {name: text for name, text in typed.items() if name in secret and text}
    forgotten = [name for name in secret if call.parameters.flag(f"forget.{name}")]
    return Draft(
        call.parameters.text("description"),
        parse(fields, settings),
        {name: str(value) for name, value in parse(fields, secrets).items()},
        forgotten,
        call.parameters.text("domains").replace(",", " ").split(),
        _CHOICES.get(call.parameters.text("createsAccounts")),
        call.parameters.flag("linksAccounts"),
        call.parameters.flag(SAME_PEOPLE),
    )


def _typed(call: Call, field: Field) -> str | None:
    upload = call.parameters.files.get(f"upload.{field.name}")
    if field.kind is FieldKind.FILE and upload is not None and upload.size:
        return _text_of(field, upload.read(MOST_FILE_CHARACTERS + 1))
    text = call.parameters.raw(f"field.{field.name}")
    if field.kind is FieldKind.FLAG and text is None:
        return "false"
    return None if text is None else str(text)


def _text_of(field: Field, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "The file is no text. Upload the PEM form of a certificate, which begins with -----BEGIN."
        raise ConfigurationError([(field.name, text)]) from None


def _page(
    call: Call, row: Configuration, problems: Problems = (), findings: Sequence[Finding] | None = None
) -> HttpResponse:
    title = KINDS[row.kind].title
    return show(
        call,
        "authentication_form.html",
        row.description if row.pk else f"New {title} configuration",
        is_admin_page=True,
        trail=[crumb(call)],
        problems=problems,
        faults=dict(problems),
        row=row,
        kind=title,
        entries=_entries(call, row, problems),
        entered=_entered(call, row, bool(problems)),
        findings=findings,
        addresses=_addresses(call, row),
        is_registered=row.kind in _ADDRESSES,
        is_primary=row.kind not in SECONDARY_KINDS,
        try_url=_try_url(call, row),
        page_url=call.url(PAGE, "/"),
        list_url=call.url("login-configure.view", "/"),
    )


def _entries(call: Call, row: Configuration, problems: Problems) -> list[Entry]:
    fields, faults = _fields(row.kind), dict(problems)
    known = {**defaults_of(fields), **row.settings}
    stored = call.site.configurations.secret_names(row) if row.pk else frozenset()
    entries = []
    for field in fields:
        name = f"field.{field.name}"
        typed = _typed_again(call, field) if problems else None
        value = "" if field.is_secret else known.get(field.name, "") if typed is None else typed
        entries.append(Entry(field, name, value, faults.get(name, ""), field.name in stored))
    return entries


def _typed_again(call: Call, field: Field) -> Any:
    text = call.parameters.raw(f"field.{field.name}")
    if field.kind is FieldKind.FLAG:
        return text is not None
    return text


def _entered(call: Call, row: Configuration, is_again: bool) -> dict[str, Any]:
    if is_again:
        return {
            "description": call.parameters.text("description"),
            "domains": call.parameters.text("domains"),
            "creates": call.parameters.text("createsAccounts"),
            "links": call.parameters.flag("linksAccounts"),
        }
    creates = next(word for word, value in _CHOICES.items() if value is row.creates_accounts)
    domains = ", ".join(row.domains)
    return {"description": row.description, "domains": domains, "creates": creates, "links": row.links_accounts}


def _addresses(call: Call, row: Configuration) -> list[tuple[str, str]]:
    base = call.site.boot.url
    return [
        (label, f"{base}/{name}" if name in _OWN else f"{base}/{name}?configuration={row.pk}")
        for label, name in _ADDRESSES.get(row.kind, ())
        if row.pk and call.site.actions.find(name.removesuffix(".view").lower())
    ]


def _try_url(call: Call, row: Configuration) -> str:
    may_be_tried = row.pk and row.kind in (*FORM_KINDS, *REDIRECT_KINDS)
    return call.url("login-trySignIn.view", "/", configuration=row.pk) if may_be_tried else ""
