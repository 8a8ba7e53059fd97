"""Try a configuration with a person: to the provider and back, and then only shown what came; nobody is signed in."""

from collections.abc import Sequence

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console import sso
from keyhouse.console.authentication import crumb, row_of
from keyhouse.console.show import Problems, is_post, show
from keyhouse.core.permissions import Permission
from keyhouse.signin.directories import as_asked
from keyhouse.signin.method import Flow, Identity, Provider, Purpose, SignInFailed
from keyhouse.signin.methods import FORM_KINDS, NotInstalled, form_method_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.pages import Crumb

actions = ActionTable()
_NOBODY = "The directory knows no such name with this password."


@actions.add("login-trySignIn", is_page=True, site_permission=Permission.ADMIN_OPERATIONS, needs_fresh_sign_in=True)
def try_sign_in(call: Call) -> HttpResponseBase:
    """Lead to the provider; for a directory, ask for a name and a password and look it up."""
    row = row_of(call)
    if row.kind in FORM_KINDS:
        return _try_form(call, call.site.providers.value_of(row))
    return sso.go(call, sso.provider_of(call), Purpose.TRY, call.url("login-configure.view", "/"))


def _tried(call: Call, provider: Provider, flow: Flow, identity: Identity) -> HttpResponseBase:
    # The journey is bound to the browser, and the person in it may have lost the right to see this meanwhile.
    if not call.rights.may(Permission.ADMIN_OPERATIONS):
        raise NotFound("Only a site administrator may try a way to sign in.")
    return _page(call, provider, identity)


def _try_form(call: Call, provider: Provider) -> HttpResponseBase:
    if not is_post(call):
        return _page(call, provider)
    login, password = call.parameters.text("login").strip(), call.request.POST.get("password", "")
    if not login or not password:
        return _page(call, provider, problems=[("login", "Enter a name and its password.")])
    try:
        identity = form_method_of(provider.kind).check(as_asked(provider), login, password)
    except NotInstalled as error:
        return _page(call, provider, problems=[("", str(error))])
    except SignInFailed as error:
        return _page(call, provider, problems=[("", error.detail)])
    return _page(call, provider, identity, [] if identity else [("login", _NOBODY)])


def _page(call: Call, provider: Provider, identity: Identity | None = None, problems: Problems = ()) -> HttpResponse:
    edit_url = call.url("login-configuration.view", "/", configuration=provider.id)
    return show(
        call,
        "authentication_trial.html",
        f"Trying {provider.description}",
        is_admin_page=True,
        trail=[crumb(call), Crumb(provider.description, edit_url)],
        problems=problems,
        faults=dict(problems),
        facts=_facts(identity) if identity else [],
        is_form=provider.kind in FORM_KINDS,
        provider=provider,
        login=call.parameters.text("login"),
        page_url=call.url("login-trySignIn.view", "/"),
        edit_url=edit_url,
    )


def _facts(identity: Identity) -> Sequence[tuple[str, str]]:
    verified = "vouched for" if identity.is_email_verified else "not vouched for: it lets nobody in"
    signed_in = f"{identity.signed_in_at:%Y-%m-%d %H:%M:%S}" if identity.signed_in_at else "not said"
    return [
        ("Subject, which never changes there", identity.subject),
        ("E-mail", f"{identity.email} ({verified})" if identity.email else "none: nobody gets in without"),
        ("Name", identity.display_name or "not said"),
        ("Methods", ", ".join(identity.methods) or "not said"),
        ("Level", identity.assurance.label),
        ("Proved there at", signed_in),
        ("Groups", ", ".join(sorted(identity.groups)) or "none"),
        ("Can be signed out there", "yes" if identity.session_name or identity.sign_out_with else "no"),
    ]


sso.arrivals[Purpose.TRY] = _tried
