"""Authentication: the ways to sign in, in their order, and the settings that hold for all of them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.setting_controls import controls_of, entered, values_now
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.signin.configurations import DATABASE
from keyhouse.signin.consequences import consequences_of
from keyhouse.signin.entered import ConfigurationError
from keyhouse.signin.methods import KINDS, SECONDARY_KINDS, NotInstalled, method_of
from keyhouse.signin.models import Configuration
from keyhouse.siteconfig import store
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.pages import Crumb

actions = ActionTable()
PAGE = "login-configure.view"
ACCOUNTS = ("autoCreateAccounts", "defaultDomain", "selfRegistration")
FACTORS = ("secondFactorFor", "secondFactorGroup", "trustedBrowserDays")
_SETTINGS = (("Accounts", "users", ACCOUNTS), ("Second factor", "shield", FACTORS))


@dataclass(frozen=True)
class Line:
    """One configuration in the list."""

    row: Configuration
    kind: str
    edit_url: str
    sessions: int


@dataclass(frozen=True)
class Offer:
    """A kind that may be added; `problem` says how to install what it lacks."""

    title: str
    add_url: str
    problem: str


@actions.add("login-configure", is_page=True, site_permission=Permission.ADMIN_OPERATIONS, needs_fresh_sign_in=True)
def configure(call: Call) -> HttpResponseBase:
    """Show the list; by POST, change the order, switch on or off, remove, or save the settings for all."""
    if not is_post(call):
        return _page(call)
    if call.parameters.text("do") == "settings":
        return _save_settings(call)
    change = _CHANGES.get(call.parameters.text("do"))
    if change is None:
        return _page(call, [("", "This page does not know that change. Reload it and try again.")])
    try:
        return change(call, row_of(call))
    except ConfigurationError as error:
        return _page(call, [("", text) for _, text in error.problems])


def row_of(call: Call) -> Configuration:
    """Return the configuration that a form or an address names. Raises `NotFound`."""
    number = call.parameters.number("configuration") or 0
    row = Configuration.objects.filter(id=number).first() if 0 < number < 2**31 else None
    if row is None:
        raise NotFound("There is no such way to sign in. It may have been removed.")
    return row


def crumb(call: Call) -> Crumb:
    """Return the step of the way that leads back to the list."""
    return Crumb("Authentication", call.url(PAGE, "/"))


def _page(call: Call, problems: Problems = (), values: dict[str, object] | None = None) -> HttpResponse:
    rows = list(Configuration.objects.order_by("position", "id"))
    shown = values if values is not None else values_now(call, (*ACCOUNTS, *FACTORS))
    return show(
        call,
        "authentication.html",
        "Authentication",
        is_admin_page=True,
        problems=problems,
        database=DATABASE,
        primary=[_line(call, row) for row in rows if row.kind not in SECONDARY_KINDS],
        secondary=[_line(call, row) for row in rows if row.kind in SECONDARY_KINDS],
        offers=[_offer(call, kind) for kind in KINDS],
        sections=[(title, icon, controls_of(names, shown, problems)) for title, icon, names in _SETTINGS],
        page_url=call.url(PAGE, "/"),
        may_save=True,
    )


def _line(call: Call, row: Configuration) -> Line:
    edit_url = call.url("login-configuration.view", "/", configuration=row.id)
    return Line(row, KINDS[row.kind].title, edit_url, consequences_of(row).sessions)


def _offer(call: Call, kind: str) -> Offer:
    try:
        method_of(kind)
    except NotInstalled as error:
        return Offer(KINDS[kind].title, "", str(error))
    return Offer(KINDS[kind].title, call.url("login-configuration.view", "/", kind=kind), "")


def _save_settings(call: Call) -> HttpResponseBase:
    values, problems = entered(call, values_now(call, (*ACCOUNTS, *FACTORS)))
    if problems:
        return _page(call, problems, values)
    changed = store.change(values, call.caller, call.site.recorder)
    return lead_to(call, PAGE, "/", said="settings-saved" if changed else "settings-same")


def _up(call: Call, row: Configuration) -> HttpResponseBase:
    call.site.configurations.move(row, -1, call.caller)
    return lead_to(call, PAGE, "/")


def _down(call: Call, row: Configuration) -> HttpResponseBase:
    call.site.configurations.move(row, 1, call.caller)
    return lead_to(call, PAGE, "/")


def _enable(call: Call, row: Configuration) -> HttpResponseBase:
    call.site.configurations.switch(row, True, call.caller)
    return lead_to(call, PAGE, "/", said="way-enabled")


def _disable(call: Call, row: Configuration) -> HttpResponseBase:
    if not is_confirmed(call):
        return _ask(call, row, "disable", f"Switch off {row.description}?", "Yes, switch off")
    call.site.configurations.switch(row, False, call.caller)
    return lead_to(call, PAGE, "/", said="way-disabled")


def _remove(call: Call, row: Configuration) -> HttpResponseBase:
    if not is_confirmed(call):
        question = f"Remove {row.description} for good? Its settings and all links to accounts go with it."
        return _ask(call, row, "remove", question, "Yes, remove")
    call.site.configurations.remove(row, call.caller)
    return lead_to(call, PAGE, "/", said="way-removed")


_TITLES = {"disable": "Switch off", "remove": "Remove"}


def _ask(call: Call, row: Configuration, do: str, question: str, yes: str) -> HttpResponse:
    fields = [("do", do), ("configuration", str(row.id))]
    url, told = call.url(PAGE, "/"), consequences_of(row).sentences
    return confirm(call, f"{_TITLES[do]} {row.description}", question, url, fields, yes, url, told)


_CHANGES: dict[str, Callable[[Call, Configuration], HttpResponseBase]] = {
    "up": _up,
    "down": _down,
    "enable": _enable,
    "disable": _disable,
    "remove": _remove,
}
