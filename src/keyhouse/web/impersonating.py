"""Start and stop impersonating from a call: the pages and the client API do it here, and nowhere else."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from keyhouse.accounts.models import Group, User
from keyhouse.audit import Kind, Outcome
from keyhouse.authz.impersonated import Administrator, MayNotImpersonate, administrator_in
from keyhouse.authz.models import Folder
from keyhouse.core.context import NOTHING_DECLARED
from keyhouse.core.decision import OPENED_SESSION, SESSION_KEY
from keyhouse.core.impersonation import Guise, Impersonation
from keyhouse.core.permissions import Role
from keyhouse.sessions.impersonate import ALREADY, AlreadyImpersonating, label_of
from keyhouse.sessions.models import BrowserSession
from keyhouse.signin.leaving import Onward
from keyhouse.web.answers import comes_from_browser
from keyhouse.web.call import Call
from keyhouse.web.middleware import SESSION_COOKIE, generation_of

NO_SESSION = (
    "Impersonating needs a session that goes on from call to call. Sign in on the page, or use a client that keeps "
    "cookies and does not call itself a browser."
)
KEY_WOULD_END = (
    "To impersonate a user ends the session keys of the session, this one among them, and the browser would go on as "
    "that user. Begin it in the browser, or use an API key."
)
SESSION_OVER = "This session has ended meanwhile. Sign in again."


class Refused(Exception):
    """Nothing was started; the text says why."""


def administrator_of(call: Call) -> Administrator:
    """Return who would impersonate: who really signed in, in the folder of the call."""
    return administrator_in(call.allowed.signed_in, call.folder)


def as_user(call: Call, user: User, return_url: str = "") -> None:
    """Become a user. Raises `Refused`."""
    _refuse_nesting(call)
    if call.allowed.via.method == SESSION_KEY:
        raise Refused(KEY_WOULD_END)
    administrator = administrator_of(call)
    _judge(call, lambda: administrator.check_user(user))
    _start(call, _wanted(administrator, Guise.USER, user.email, user.id), return_url)


def as_group(call: Call, group: Group, return_url: str = "") -> None:
    """Act with the rights of a group. Raises `Refused`."""
    _refuse_nesting(call)
    administrator = administrator_of(call)
    _judge(call, lambda: administrator.check_group(group))
    _start(call, _wanted(administrator, Guise.GROUP, group.name, group.id), return_url)


def with_roles(call: Call, roles: Sequence[Role], return_url: str = "") -> None:
    """Act with exactly these roles, or change the roles with which one acts. Raises `Refused`."""
    now = call.allowed.context.impersonation
    if now is not None and now.guise is not Guise.ROLES:
        _refuse_nesting(call)
    administrator = _in_the_same_project(administrator_of(call), now)
    _judge(call, lambda: administrator.check_roles(roles))
    if now is None:
        wanted = _wanted(administrator, Guise.ROLES, label_of(roles), None, tuple(roles))
        return _start(call, wanted, return_url)
    try:
        call.site.impersonations.adjust(now, roles, call.caller)
    except AlreadyImpersonating as error:
        raise Refused(str(error)) from None
    return None


def stop(call: Call) -> str | None:
    """Be oneself again; return where the impersonation began, or None where there was none."""
    impersonation = call.allowed.context.impersonation
    if impersonation is None:
        return None
    came_from = call.site.impersonations.stop(impersonation, call.caller)
    if call.allowed.via.method == OPENED_SESSION:
        _keep_cookie(call, "")
    return came_from or ""


def sign_out(call: Call) -> Onward | None:
    """Sign out who really signed in; an impersonation that goes on is stopped first.

    Return where it goes on, where that person came by a provider.
    """
    stop(call)
    administrator = replace(call.caller, principal=call.allowed.signed_in, context=NOTHING_DECLARED)
    return call.site.sign_ins.sign_out(call.request, administrator if call.is_impersonating else call.caller)


def _refuse_nesting(call: Call) -> None:
    if call.is_impersonating:
        raise Refused(ALREADY)


def _in_the_same_project(administrator: Administrator, now: Impersonation | None) -> Administrator:
    # Adjusting from another folder must not widen what it was confined to.
    if now is None or now.project_id is None:
        return administrator
    return replace(administrator, project=Folder.objects.get(id=now.project_id))


def _judge(call: Call, check: Callable[[], None]) -> None:
    try:
        check()
    except MayNotImpersonate as error:
        call.record(Kind.ACCESS_REFUSED, f"{call.action.name} in {call.folder.path}: {error}", Outcome.REFUSED)
        raise Refused(str(error)) from None


def _wanted(
    administrator: Administrator, guise: Guise, label: str, target_id: int | None, roles: tuple[Role, ...] = ()
) -> Impersonation:
    project_id = administrator.project.id if administrator.project is not None else None
    return Impersonation(administrator.principal, guise, label, target_id, roles, project_id)


def _start(call: Call, wanted: Impersonation, return_url: str) -> None:
    if call.allowed.via.session_id is None and comes_from_browser(call.request):
        raise Refused(NO_SESSION)
    try:
        acting_id = call.site.impersonations.start(wanted, call.caller, return_url)
    except AlreadyImpersonating as error:
        raise Refused(str(error)) from None
    except BrowserSession.DoesNotExist:
        raise Refused(SESSION_OVER) from None
    if acting_id is not None:
        _keep_cookie(call, acting_id)


def _keep_cookie(call: Call, acting_id: str) -> None:
    opened = call.site.opened
    if call.allowed.via.method == OPENED_SESSION:
        cookie = opened.acting(call.request.COOKIES.get(SESSION_COOKIE, ""), acting_id)
    else:
        now = call.site.clock()
        cookie = opened.cookie_for(call.allowed, generation_of(call.allowed), now, acting_id)
    call.request.META["keyhouse.opened"] = cookie
