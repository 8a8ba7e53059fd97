"""The ways to sign in as clients ask for them: for the sign-in form, and for the administration page."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join

from keyhouse.core.permissions import Permission
from keyhouse.signin.configurations import DATABASE
from keyhouse.signin.method import Field
from keyhouse.signin.methods import FORM_KINDS, KINDS, REDIRECT_KINDS, SECONDARY_KINDS, NotInstalled, method_of
from keyhouse.signin.models import Configuration
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.urls import is_local

actions = ActionTable()


@actions.add(
    "login-getRegistrationConfigApi", is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True
)
def registration(call: Call) -> dict[str, Any]:
    """Tell whether people register themselves."""
    return {"enabled": call.settings.self_registration}


@actions.add(
    "login-getLoginMechanismsApi", is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True
)
def mechanisms(call: Call) -> dict[str, Any]:
    """Return the links of the providers as HTML for a sign-in form; nothing where there is none."""
    links = [(_begin_url(call, each.id), each.description) for each in call.site.providers.enabled(REDIRECT_KINDS)]
    if not links:
        return {}
    items = format_html_join("", '<li><a href="{}">Sign in with {}</a></li>', links)
    return {"otherLoginMechanismsContent": str(format_html("<ul>{}</ul>", items))}


@actions.add("login-initialMount", methods=("GET",), site_permission=Permission.SEE_ADMIN_PAGES)
def initial_mount(call: Call) -> dict[str, Any]:
    """Return what the administration page of the ways to sign in shows; never a secret."""
    settings, rows = call.settings, list(Configuration.objects.order_by("position", "id"))
    # A form configuration that is no row: the passwords of this site.
    database = {"provider": "Database", "description": DATABASE, "enabled": True, "configuration": 0}
    return {
        "globalSettings": {
            "SelfRegistration": settings.self_registration,
            "SelfServiceEmailChanges": False,
            "AutoCreateAccounts": settings.auto_create_accounts,
            "DefaultDomain": settings.default_domain,
        },
        "canEdit": call.rights.may(Permission.ADMIN_OPERATIONS),
        "primaryProviders": {
            KINDS[kind].title: {**_provider(call, kind), "sso": kind in REDIRECT_KINDS}
            for kind in KINDS
            if kind not in SECONDARY_KINDS
        },
        "ssoConfigurations": _of(rows, REDIRECT_KINDS),
        "formConfigurations": [*_of(rows, FORM_KINDS), database],
        "secondaryProviders": {KINDS[kind].title: _provider(call, kind) for kind in SECONDARY_KINDS},
        "secondaryConfigurations": _of(rows, SECONDARY_KINDS),
    }


def _begin_url(call: Call, number: int) -> str:
    wanted = call.parameters.text("returnUrl")
    back = {"returnUrl": wanted} if is_local(wanted, call.context_path) else {}
    return call.url("login-ssoRedirect.view", "/", configuration=number, **back)


def _of(rows: Iterable[Configuration], kinds: Iterable[str]) -> list[dict[str, Any]]:
    wanted = tuple(kinds)
    return [
        {
            "provider": KINDS[row.kind].title,
            "description": row.description,
            "enabled": row.is_enabled,
            "configuration": row.id,
            "domain": ", ".join(row.domains),
        }
        for row in rows
        if row.kind in wanted
    ]


def _provider(call: Call, kind: str) -> dict[str, Any]:
    title = KINDS[kind].title
    save = call.url("login-configuration.view", "/", kind=kind)
    try:
        fields = [_field(field) for field in method_of(kind).fields]
    except NotInstalled as error:
        return {"description": str(error), "saveLink": save, "settingsFields": []}
    return {"description": f"Sign in through {title}", "saveLink": save, "settingsFields": fields}


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "caption": field.label,
        "description": field.help,
        "required": field.is_required,
        "type": "password" if field.is_secret else field.kind.value,
    }
