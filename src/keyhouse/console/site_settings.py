"""Site Settings: those that have no page of their own on one form, saved at once, audited one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console.admin import API_KEYS_QUERY
from keyhouse.console.setting_controls import LIFE, controls_of, entered, values_now
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.expiry import NEVER
from keyhouse.core.permissions import Permission
from keyhouse.keys.models import ApiKey
from keyhouse.siteconfig import store
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()

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
class DryRun:
    """What a lower maximum would mean for keys that exist: nothing, but an administrator should know."""

    count: int
    without_expiry: int
    confirm: int
    url: str


@actions.add("admin-customizeSite", is_page=True, site_permission=Permission.SEE_ADMIN_PAGES, needs_fresh_sign_in=True)
def customize_site(call: Call) -> HttpResponseBase:
    """Show the form, or save it."""
    before = values_now(call, [name for _, _, names in _SECTIONS for name in names])
    if not is_post(call):
        return _form(call, before)
    call.require(Permission.ADMIN_OPERATIONS)
    values, problems = entered(call, before)
    if problems:
        return _form(call, values, problems)
    dry_run = _dry_run(call, before[LIFE], values[LIFE])
    if dry_run and call.parameters.text("confirmed") != str(dry_run.confirm):
        return _form(call, values, dry_run=dry_run)
    changed = store.change(values, call.caller, call.site.recorder)
    return lead_to(call, "admin-customizeSite.view", "/", said="settings-saved" if changed else "settings-same")


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
    sections = [(title, icon, controls_of(names, values, problems)) for title, icon, names in _SECTIONS]
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
