"""From a path to an action, through the checks in the order of labkey-server.md, section 11.2."""

import logging
from urllib.parse import urlencode

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.authz import folders
from keyhouse.authz.folders import FolderNotFound
from keyhouse.authz.models import Folder
from keyhouse.core.decision import Allowed
from keyhouse.siteconfig import store
from keyhouse.web import csrf, kept_form, moved, pages, urls
from keyhouse.web.actions import Action
from keyhouse.web.answers import challenges, comes_from_browser, failure, json_answer, wants_challenge
from keyhouse.web.call import Call
from keyhouse.web.errors import (
    BadRequest,
    DeclarationRequired,
    FreshSignInRequired,
    ImpersonationEnded,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnknownAction,
    WireError,
)
from keyhouse.web.response_format import answer, format_asked, format_of
from keyhouse.web.site import Site

log = logging.getLogger("keyhouse.web")
HOME = "/home"


def dispatch(request: HttpRequest) -> HttpResponseBase:
    """Answer one request; whatever goes wrong becomes an answer that its client can read."""
    site: Site = request.META["keyhouse.site"]
    action: Action | None = None
    try:
        target = _target(request)
        action = site.actions.find(target.name) if target is not None else None
        if ended := request.META.get("keyhouse.ended"):
            raise ImpersonationEnded(ended)
        if target is None:
            return _folder_or_asset(site, request)
        if action is None:
            return _unknown(site, request, target)
        return _answer_in_folder(site, request, action, target)
    except WireError as error:
        return _error(site, request, action, error)
    except (OperationalError, InterfaceError):
        log.exception("Keyhouse's own database could not be reached")
        down = Unavailable("The database of this server cannot be reached at present. Try again in a minute.")
        return _error(site, request, action, down)
    except Exception:
        log.exception("An error in %s", request.path)
        broken = WireError("An error happened in this server; its log has the details.")
        return _error(site, request, action, broken)


def _target(request: HttpRequest) -> urls.Target | None:
    try:
        return urls.parse(request.path_info)
    except urls.UnsafePath:
        raise BadRequest("Invalid URL: the path climbs or has characters that no path of this server has.") from None


def _answer_in_folder(site: Site, request: HttpRequest, action: Action, target: urls.Target) -> HttpResponseBase:
    try:
        folder = folders.find(target.container)
    except FolderNotFound as error:
        if not action.tolerates_missing_folder:
            if redirect := moved.redirect(site, request, target):
                return redirect
            raise NotFound(str(error)) from None
        folder = folders.root()
    return _answer(_call(site, request, action, folder))


def _call(site: Site, request: HttpRequest, action: Action, folder: Folder) -> Call:
    return Call(
        site=site,
        request=request,
        presented=request.META["keyhouse.presented"],
        allowed=request.META["keyhouse.allowed"],
        address=request.META["keyhouse.address"],
        action=action,
        folder=folder,
    )


def _answer(call: Call) -> HttpResponseBase:
    _check(call)
    answered = call.action.handler(call)
    if isinstance(answered, dict):
        return answer(answered, format_asked(call.parameters))
    return answered


def _check(call: Call) -> None:
    action = call.action
    if call.request.method not in action.methods:
        raise MethodNotAllowed(f"Method Not Allowed: {call.request.method}")
    lacks_sign_in = action.needs_sign_in and call.principal.is_guest
    lacks_site = action.site_permission is not None and not call.rights.may(action.site_permission)
    lacks_folder = action.permission is not None and not call.may(action.permission)
    lacks_all = bool(action.any_of) and not any(call.may(permission) for permission in action.any_of)
    if lacks_sign_in or lacks_site or lacks_folder or lacks_all:
        raise call.refused()
    if not action.ignores_declarations:
        call.require_declaration()
    if not action.is_from_elsewhere:
        csrf.check(call.request, call.presented, call.parameters, action.is_csrf_exempt, call.site.boot.base_url)
    if action.needs_fresh_sign_in and call.request.method not in {"GET", "HEAD"}:
        call.require_fresh_sign_in()


def _folder_or_asset(site: Site, request: HttpRequest) -> HttpResponseBase:
    asset = site.respond_asset(request.path_info.strip("/"))
    if asset is not None:
        body, content_type = asset
        response = HttpResponse(body, content_type=content_type)
        response["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
    return _folder_page(site, request) or _raise_unknown(request)


def _folder_page(site: Site, request: HttpRequest) -> HttpResponseRedirect | None:
    path = folders.normal(request.path_info)
    if path == "/":
        path = HOME
    if request.method not in {"GET", "HEAD"} or not Folder.objects.filter(lower_path=path.lower()).exists():
        return None
    return HttpResponseRedirect(urls.build(site.boot.context_path, path, "project-begin.view"))


def _unknown(site: Site, request: HttpRequest, target: urls.Target) -> HttpResponseBase:
    if redirect := _folder_or_none(site, request):
        return redirect
    if not site.actions.has_controller(target.controller):
        text = f"No LabKey Server module registered to handle request for controller: {target.controller[:100]}"
        raise UnknownAction(text)
    raise UnknownAction(
        f"Unable to find action '{target.action[:100]}' to handle request in controller '{target.controller[:100]}'"
    )


def _folder_or_none(site: Site, request: HttpRequest) -> HttpResponseBase | None:
    try:
        return _folder_or_asset(site, request)
    except UnknownAction:
        return None


def _raise_unknown(request: HttpRequest) -> HttpResponseBase:
    raise UnknownAction("There is no such page on this server.")


def _error(site: Site, request: HttpRequest, action: Action | None, error: WireError) -> HttpResponseBase:
    try:
        response = _error_answer(site, request, action, error)
    except DatabaseError:
        # The page around the error reads the database too, which may be what is down.
        response = json_answer(failure(error.text), error.status)
    if isinstance(error, MethodNotAllowed) and action is not None:
        response["Allow"] = ", ".join(sorted(action.methods))
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.seconds)
    return response


def _error_answer(site: Site, request: HttpRequest, action: Action | None, error: WireError) -> HttpResponse:
    allowed: Allowed = request.META["keyhouse.allowed"]
    is_guest = allowed.principal.is_guest
    is_html = isinstance(error, UnknownAction | ImpersonationEnded) and not _says_json(request)
    is_page = _is_page(request, action) if action else is_html
    if isinstance(error, Unauthorized) and is_guest:
        error.status = 401
        if is_page and request.method == "GET":
            return _to_sign_in(site, request)
    if is_page and isinstance(error, DeclarationRequired) and request.method == "GET":
        return _to_page(site, request, error.url)
    if is_page and isinstance(error, FreshSignInRequired):
        kept_form.keep(request, site.clock())
        return _to_page(site, request, error.url)
    if is_page:
        return pages.error_page(site, request, error.status, error.text)
    response = answer(failure(error.text, **error.members), format_of(request), error.status)
    if isinstance(error, Unauthorized) and is_guest and wants_challenge(request):
        request.META["keyhouse.challenges"] = challenges(store.read().site_name)
    return response


def _to_page(site: Site, request: HttpRequest, url: str) -> HttpResponseRedirect:
    # Without the host: the browser stays at the address where it has its session, whatever the site calls itself.
    page = site.boot.context_path + url.removeprefix(site.boot.url)
    back = urlencode(_back(request))
    return HttpResponseRedirect(f"{page}{'&' if '?' in page else '?'}{back}", status=303 if request.POST else 302)


def _says_json(request: HttpRequest) -> bool:
    # The original answers a GET that calls itself JSON in JSON even where there is no such controller.
    return request.method == "GET" and (request.content_type or "").endswith("json")


def _is_page(request: HttpRequest, action: Action) -> bool:
    return action.is_page or (action.is_file and comes_from_browser(request))


def _back(request: HttpRequest) -> dict[str, str]:
    url = request.get_full_path()
    return {"returnUrl": url} if urls.may_return_to(url) else {}


def _to_sign_in(site: Site, request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(urls.build(site.boot.context_path, "/", "login-login.view", **_back(request)))
