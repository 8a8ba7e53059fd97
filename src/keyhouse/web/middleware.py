"""What each request gets before its action, and which cookies its answer takes along."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from keyhouse.accounts.models import User
from keyhouse.core.decision import API_KEY, BROWSER_SESSION, OPENED_SESSION, PASSWORD, Allowed
from keyhouse.sessions.engine import SessionStore
from keyhouse.web import csrf
from keyhouse.web.answers import comes_from_browser
from keyhouse.web.site import Site

SESSION_COOKIE = "JSESSIONID"
IDLE_SECONDS = "X-Keyhouse-Session-Idle-Seconds"
SECONDS = "X-Keyhouse-Session-Seconds"


def attach_call(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Attach session, user and CSRF token to each request, and the cookies to its answer."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        allowed: Allowed = request.META["keyhouse.allowed"]
        is_browser = allowed.via.method == BROWSER_SESSION
        cookie = request.COOKIES.get(SESSION_COOKIE)
        request.session = SessionStore(
            cookie,
            address=request.META["keyhouse.address"],
            user_agent=request.headers.get("User-Agent", ""),
            is_of_guest=not is_browser,
        )
        # A browser session belongs to who signed in; who is impersonated has none.
        user_id = allowed.signed_in.id if is_browser else None
        request.user = SimpleLazyObject(lambda: _user(user_id))  # type: ignore[assignment]
        token, is_new = csrf.token_of(request)
        request.META["keyhouse.csrf_token"] = token
        response = get_response(request)
        if is_new:
            _set_cookie(request, response, csrf.NAME, token, is_for_scripts=True)
        _keep_session(request, response, allowed)
        _tell_life(request, response, allowed)
        return response

    return middleware


def _user(user_id: int | None) -> User | AnonymousUser:
    return (User.objects.filter(id=user_id).first() if user_id is not None else None) or AnonymousUser()


def _keep_session(request: HttpRequest, response: HttpResponseBase, allowed: Allowed) -> None:
    session = request.session
    if session.modified and not session.is_empty():
        if not _saved(session):
            _delete_session_cookie(request, response)
            return
        _set_cookie(request, response, SESSION_COOKIE, str(session.session_key))
    elif (session.modified and SESSION_COOKIE in request.COOKIES) or request.META.get("keyhouse.signed_out"):
        _delete_session_cookie(request, response)
    elif opened := _opened_cookie(request, allowed):
        _set_cookie(request, response, SESSION_COOKIE, opened)


def _tell_life(request: HttpRequest, response: HttpResponseBase, allowed: Allowed) -> None:
    """Say how long the browser session still lives, unless this answer ended it or is for everybody's cache."""
    is_over = request.META.get("keyhouse.signed_out") or request.session.modified
    if allowed.life is None or is_over or "public" in response.get("Cache-Control", ""):
        return
    site: Site = request.META["keyhouse.site"]
    idle, absolute = allowed.life.seconds_left(site.clock())
    response[IDLE_SECONDS], response[SECONDS] = str(idle), str(absolute)


def _saved(session: SessionBase) -> bool:
    try:
        session.save()
    except UpdateError:
        return False
    return True


def _opened_cookie(request: HttpRequest, allowed: Allowed) -> str | None:
    # A page can make a browser send its maker's own key (https://apikey:KEY@host/): no cookie, or the visitor would
    # go on as somebody else (login CSRF). Cookies of this kind are for programs.
    if comes_from_browser(request):
        return None
    if chosen := request.META.get("keyhouse.opened"):
        return str(chosen)
    site: Site = request.META["keyhouse.site"]
    now, present = site.clock(), request.COOKIES.get(SESSION_COOKIE, "")
    if allowed.via.method == OPENED_SESSION:
        return site.opened.renewed(present, now) if site.opened.is_due_for_renewal(present, now) else None
    if allowed.via.method == API_KEY:
        return site.opened.cookie_for(allowed, 0, now)
    if allowed.via.method == PASSWORD:
        return site.opened.cookie_for(allowed, generation_of(allowed), now)
    return None


def generation_of(allowed: Allowed) -> int:
    """Return the session generation of who signed in, as it is now."""
    found = User.objects.filter(id=allowed.signed_in.id).values_list("session_generation", flat=True).first()
    return found or 0


def _set_cookie(
    request: HttpRequest, response: HttpResponseBase, name: str, value: str, is_for_scripts: bool = False
) -> None:
    site: Site = request.META["keyhouse.site"]
    response.set_cookie(
        name,
        value,
        path=site.boot.context_path or "/",
        secure=site.boot.is_tls or request.is_secure(),
        httponly=not is_for_scripts,
        samesite="Lax",
    )


def _delete_session_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    site: Site = request.META["keyhouse.site"]
    response.delete_cookie(SESSION_COOKIE, path=site.boot.context_path or "/", samesite="Lax")
