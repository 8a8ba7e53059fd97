"""Site Settings: every site setting on one form, saved at once, audited one by one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console.admin import API_KEYS_QUERY
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.expiry import CHOICES, NEVER, in_words
from keyhouse.core.permissions import Permission
from keyhouse.keys.models import ApiKey
from keyhouse.siteconfig import OPTIONS, SiteOption, SiteSettingError, store
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()

LIFE = "apiKeyExpirationSeconds"
_KEYS = ("allowApiKeys", LIFE, "allowSessionKeys", "apiKeysMayIssueKeys", "requireFreshSignIn", "freshSignInSeconds")
_SECTIONS = (
    ("Configure API Keys", "key", _KEYS),
    ("In an emergency", "warning", ("refuseAllApiKeys",)),
    ("Browser sessions", "lock", ("sessionIdleSeconds", "sessionAbsoluteSeconds", "sessionKeysMayKeepAlive")),
    ("Data", "table", ("strictFilters", "filesQuotaMegabytes")),
    ("Audit log", "shield", ("participantsInLog", "auditRetentionDays")),
    ("Look", "gear", ("siteName",)),
)


@dataclass(frozen=True)
class Control:
    """One setting on the form. `kind` is ``flag``, ``choice``, ``number`` or ``text``."""

    option: SiteOption
    kind: str
    value: Any
    problem: str
    choices: tuple[tuple[int | str, str], ...] = ()

    @property
    def help(self) -> str:
        """What the setting means; for a number of seconds, how long that is."""
        if self.option.name == LIFE:
            return "The longest life of a new key; its owner may choose less. Existing keys keep their expiry."
        is_time = self.option.name.endswith("Seconds") and isinstance(self.value, int)
        long = in_words(self.value) if is_time else ""
        return (
            f"{self.option.doc} Now: {long}." if long and not long.endswith(("second", "seconds")) else self.option.doc
        )


@dataclass(frozen=True)
class DryRun:
    """What a lower maximum would mean for keys that exist: nothing, but an administrator should know."""

    count: int
    without_expiry: int
    confirm: int
    url: str


@actions.add("admin-customizeSite", is_page=True, site_permission=Permission.SEE_ADMIN_PAGES)
def customize_site(call: Call) -> HttpResponseBase:
    """Show the form, or save it."""
    before = {option.name: getattr(call.settings, option.field) for option in OPTIONS}
    if not is_post(call):
        return _form(call, before)
    call.require(Permission.ADMIN_OPERATIONS)
    values, problems = _entered(call, before)
    if problems:
        return _form(call, values, problems)
    dry_run = _dry_run(call, before[LIFE], values[LIFE])
    if dry_run and call.parameters.text("confirmed") != str(dry_run.confirm):
        return _form(call, values, dry_run=dry_run)
    changed = store.change(values, call.caller, call.site.recorder)
    return lead_to(call, "admin-customizeSite.view", "/", said="settings-saved" if changed else "settings-same")


def _entered(call: Call, before: Mapping[str, Any]) -> tuple[dict[str, Any], Problems]:
    values: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for option in OPTIONS:
        # An unchecked box is absent from a form; any other absent setting stays as it is.
        is_flag = isinstance(option.default, bool)
        text = call.parameters.raw(option.name)
        if text is None and not is_flag:
            values[option.name] = before[option.name]
            continue
        try:
            values[option.name] = store.parse(option.name, str(text) if text is not None else "false")
        except SiteSettingError as error:
            values[option.name] = text
            problems.append((option.name, str(error)))
    return values, problems


def _dry_run(call: Call, before: int, after: int) -> DryRun | None:
    if after == NEVER or (before != NEVER and after >= before):
        return None
    count = call.site.api_keys.outliving(after)
    if not count:
        return None
    endless = ApiKey.objects.filter(revoked_at=None, expires_at=None).count()
    return DryRun(count, endless, after, f"{call.url('query-executeQuery.view', '/')}?{API_KEYS_QUERY}")


def _form(
    call: Call, values: Mapping[str, Any], problems: Problems = (), dry_run: DryRun | None = None
) -> HttpResponse:
    faults = dict(problems)
    known = {option.name: option for option in OPTIONS}
    sections = [
        (title, icon, [_control(known[name], values[name], faults.get(name, "")) for name in names])
        for title, icon, names in _SECTIONS
    ]
    return show(
        call,
        "site_settings.html",
        "Site Settings",
        is_admin_page=True,
        problems=problems,
        sections=sections,
        dry_run=dry_run,
        may_save=call.rights.may(Permission.ADMIN_OPERATIONS),
        action_url=call.url("admin-customizeSite.view", "/"),
    )


def _control(option: SiteOption, value: Any, problem: str) -> Control:
    if option.name == LIFE:
        return Control(option, "choice", value, problem, tuple(_choices(value)))
    if option.choices:
        return Control(option, "choice", value, problem, tuple((each, each) for each in option.choices))
    kinds = {bool: "flag", int: "number", str: "text"}
    return Control(option, kinds[type(option.default)], value, problem)


def _choices(value: Any) -> Iterable[tuple[int, str]]:
    # A life that was set by command and is none of the usual ones is offered as it is.
    yield from CHOICES.items()
    if isinstance(value, int) and value not in CHOICES:
        yield value, in_words(value)
