"""Which identities are one's account: linked on one's own word, after having proved to be both."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.accounts.models import User
from keyhouse.console import sso
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.console.signin_pages import after
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.core.reasons import Reason
from keyhouse.sessions.ending import Why
from keyhouse.signin import link_offer
from keyhouse.signin.consequences import has_other_way
from keyhouse.signin.link_offer import LinkOffer
from keyhouse.signin.method import Flow, Identity, Provider, Purpose, SignInFailed
from keyhouse.signin.methods import KINDS, REDIRECT_KINDS
from keyhouse.signin.models import ExternalIdentity
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound, Unauthorized

actions = ActionTable()
MY_SIGN_IN = "login-mySignIn.view"
_LAST = "This is your last way to sign in. Set a password first, or link another identity."
_GONE = "There is no such link. It may have been removed meanwhile."
_NOT_YOURS = (
    "You came back from {0} as {1}, which is not the address of this account. Sign in to the account of that address, "
    "or link it on purpose: My Sign-in, in the menu."
)
_SIGNED_OUT = "You are signed out meanwhile. Sign in, and link it again."


@dataclass(frozen=True)
class Linked:
    """One identity as pages show it."""

    row: ExternalIdentity
    provider: str
    kind: str
    is_on: bool


@actions.add(
    "login-mySignIn", is_page=True, needs_sign_in=True, tolerates_missing_folder=True, ignores_declarations=True
)
def my_sign_in(call: Call) -> HttpResponseBase:
    """Show how one gets in, and unlink an identity."""
    user = _oneself(call)
    if not is_post(call):
        return _page(call, user)
    call.require_fresh_sign_in()
    known = linked_of(user).filter(id=call.parameters.number("identity") or 0).first()
    if known is None:
        return _page(call, user, [("", _GONE)])
    if not has_other_way(user, without=known):
        return _page(call, user, [("", _LAST)])
    unlink(call, known, but_session=call.allowed.via.session_id or "")
    return lead_to(call, MY_SIGN_IN, "/", said="identity-unlinked")


@actions.add(
    "login-startLinking",
    methods=("GET",),
    is_page=True,
    needs_sign_in=True,
    tolerates_missing_folder=True,
    ignores_declarations=True,
)
def start_linking(call: Call) -> HttpResponseBase:
    """Lead to a provider, to come back as somebody there; the question comes after it."""
    _oneself(call)
    provider = sso.enabled(sso.provider_of(call))
    return sso.go(call, provider, Purpose.LINK, call.url(MY_SIGN_IN, "/"))


@actions.add(
    "login-linkIdentity",
    is_page=True,
    needs_sign_in=True,
    tolerates_missing_folder=True,
    ignores_declarations=True,
    needs_fresh_sign_in=True,
)
def link_identity(call: Call) -> HttpResponseBase:
    """Ask whether the identity that waits is to be linked, and do so."""
    user, offer = _oneself(call), link_offer.find(call.request, call.site.clock())
    provider = call.site.providers.find(offer.configuration_id) if offer else None
    if offer is None or provider is None:
        return HttpResponseRedirect(after(call), status=303)
    if not offer.is_for(call.principal):
        return _question(call, offer, provider, [("", _NOT_YOURS.format(provider.description, offer.identity.email))])
    if not is_post(call):
        return _question(call, offer, provider)
    link_offer.forget(call.request)
    if call.parameters.text("do") != "link":
        return HttpResponseRedirect(after(call), status=303)
    try:
        call.site.identities.link(provider, offer.identity, user, call.caller)
    except SignInFailed as error:
        return _page(call, user, [("", error.text)])
    said = "identity-linked"
    return lead_to(call, MY_SIGN_IN, "/", said=said) if offer.user_id else HttpResponseRedirect(after(call), status=303)


def linked_of(user: User) -> "QuerySet[ExternalIdentity]":
    """Return the identities that are linked with an account."""
    return ExternalIdentity.objects.filter(user=user).select_related("configuration", "user").order_by("id")


def linked_lines(user: User) -> list[Linked]:
    """Return the identities of an account as pages show them."""
    return [
        Linked(row, row.configuration.description, KINDS[row.configuration.kind].title, row.configuration.is_enabled)
        for row in linked_of(user)
    ]


def unlink(call: Call, known: ExternalIdentity, but_session: str = "") -> None:
    """Unlink an identity; the sessions that came by it end, but for the one in which its owner does so."""
    behind = Q(
        user=known.user,
        provider_session__configuration_id=known.configuration_id,
        provider_session__subject_digest=known.subject_digest,
    )
    with transaction.atomic():
        call.site.sessions.end(behind & ~Q(public_id=but_session), call.caller, Why.CONFIGURATION)
        call.site.identities.unlink(known, call.caller)


def _arrived(call: Call, provider: Provider, flow: Flow, identity: Identity) -> HttpResponseBase:
    if call.is_impersonating or call.allowed.via.method != BROWSER_SESSION:
        return sso.failed(call, provider, SignInFailed(Reason.FLOW_UNKNOWN, _SIGNED_OUT))
    link_offer.keep(call.request, provider, identity, call.principal.id, call.site.clock())
    return lead_to(call, "login-linkIdentity.view", "/")


def _oneself(call: Call) -> User:
    user = User.objects.filter(id=call.principal.id).first()
    if call.is_impersonating or user is None:
        call.refused()
        raise Unauthorized("How somebody signs in cannot be seen or changed while impersonating.")
    if call.allowed.via.method != BROWSER_SESSION:
        # A key would become a way to sign in, which stays when the key is gone.
        call.refused()
        raise Unauthorized("How somebody signs in is seen and changed in the browser, by the person.")
    if user.is_service:
        raise NotFound("A service account does not sign in: it has keys alone.")
    return user


def _question(call: Call, offer: LinkOffer, provider: Provider, problems: Problems = ()) -> HttpResponse:
    return show(
        call,
        "link_identity.html",
        "Link an identity",
        problems=problems,
        identity=offer.identity,
        provider=provider,
        email=call.principal.email,
        action_url=call.url("login-linkIdentity.view", "/"),
        return_url=after(call),
        may_link=not problems,
    )


def _page(call: Call, user: User, problems: Problems = ()) -> HttpResponse:
    lines = linked_lines(user)
    providers = call.site.providers.enabled(REDIRECT_KINDS)
    linked = {line.row.configuration_id for line in lines}
    others = [each for each in providers if each.id not in linked]
    return show(
        call,
        "my_sign_in.html",
        "My Sign-in",
        problems=problems,
        lines=lines,
        has_password=user.has_usable_password(),
        others=[(each.description, call.url("login-startLinking.view", "/", configuration=each.id)) for each in others],
        page_url=call.url(MY_SIGN_IN, "/"),
    )


sso.arrivals[Purpose.LINK] = _arrived
