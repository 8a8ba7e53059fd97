"""What every page shows around its content, and how one is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from keyhouse.authz.impersonated import rights_acting
from keyhouse.authz.models import Folder
from keyhouse.core.decision import Allowed
from keyhouse.core.permissions import Permission, Role
from keyhouse.core.principal import GUEST, Principal
from keyhouse.siteconfig import store
from keyhouse.web.call import Call
from keyhouse.web.impersonation_frame import ImpersonationFrame, frame_of
from keyhouse.web.site import Site
from keyhouse.web.urls import build


@dataclass(frozen=True)
class Crumb:
    """One step of the way from the root to this page."""

    label: str
    url: str


@dataclass(frozen=True)
class Page:
    """What the frame of a page needs; `site` gives the urls of assets."""

    title: str
    site_name: str
    context_path: str
    csrf_token: str
    principal: Principal
    may_administer: bool
    is_site_admin: bool
    crumbs: tuple[Crumb, ...]
    path: str
    site: Site
    acting: ImpersonationFrame

    @property
    def is_signed_in(self) -> bool:
        """Tell whether somebody has signed in."""
        return not self.principal.is_guest

    @property
    def stylesheet(self) -> str:
        """The address of the style sheet."""
        return self.context_path + self.site.asset_url("keyhouse.css")

    @property
    def script(self) -> str:
        """The address of the script; no page needs it to work."""
        return self.context_path + self.site.asset_url("keyhouse.js")

    @property
    def icon(self) -> str:
        """The address of the icon."""
        return self.context_path + self.site.asset_url("favicon.svg")

    def url(self, name: str) -> str:
        """Write the URL of an action in the root folder."""
        return build(self.context_path, "/", name)


def page_of(call: Call, title: str) -> Page:
    """Return the frame for a page of this call."""
    return Page(
        title=title,
        site_name=call.settings.site_name,
        context_path=call.context_path,
        csrf_token=call.csrf_token,
        principal=call.principal,
        may_administer=call.rights.may(Permission.SEE_ADMIN_PAGES),
        is_site_admin=Role.SITE_ADMINISTRATOR in call.rights.roles_in(1),
        crumbs=_crumbs(call.context_path, call.folder),
        path=call.request.get_full_path(),
        site=call.site,
        acting=frame_of(call.allowed, call.rights, call.folder, call.context_path),
    )


def render(
    call: Call, template: str, title: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Render a page of this call; no cache keeps it."""
    body = render_to_string(f"keyhouse/{template}", {**(context or {}), "page": page_of(call, title), "call": call})
    return _page_answer(body, status)


def error_page(site: Site, request: HttpRequest, status: int, text: str) -> HttpResponse:
    """Render an error as a page that says what to do next."""
    allowed: Allowed = request.META.get("keyhouse.allowed", Allowed(GUEST))
    rights = rights_acting(allowed.principal, allowed.context.impersonation)
    page = Page(
        title="Something is not right" if status >= 500 else "Not possible",
        site_name=store.read().site_name,
        context_path=site.boot.context_path,
        csrf_token=str(request.META.get("keyhouse.csrf_token", "")),
        principal=allowed.principal,
        may_administer=rights.may(Permission.SEE_ADMIN_PAGES),
        is_site_admin=Role.SITE_ADMINISTRATOR in rights.roles_in(1),
        crumbs=(),
        path=request.get_full_path(),
        site=site,
        acting=frame_of(allowed, rights, None, site.boot.context_path),
    )
    context = {"page": page, "status": status, "text": text, "has_stopped": "keyhouse.ended" in request.META}
    return _page_answer(render_to_string("keyhouse/error.html", context), status)


def _crumbs(context_path: str, folder: Folder) -> tuple[Crumb, ...]:
    parts = [part for part in folder.path.split("/") if part]
    paths = ["/" + "/".join(parts[: end + 1]) for end in range(len(parts))]
    return tuple(
        Crumb(part, build(context_path, path, "project-begin.view")) for part, path in zip(parts, paths, strict=True)
    )


def _page_answer(body: str, status: int) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
