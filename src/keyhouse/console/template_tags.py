"""What templates can ask beyond Django's own tags; the settings name this module as the library ``keyhouse_assets``."""

from collections.abc import Mapping
from typing import Any

from django.template import Context, Library

from keyhouse import __version__
from keyhouse.console.assets import asset_url
from keyhouse.signin.factors import bypass
from keyhouse.web.urls import build

register = Library()


@register.simple_tag(takes_context=True)
def asset(context: Context, name: str) -> str:
    """Return the address of an asset."""
    return _context_path(context) + asset_url(name)


@register.simple_tag(takes_context=True)
def action(context: Context, name: str) -> str:
    """Return the address of an action in the root folder: ``{% action 'admin-showAdmin.view' %}``."""
    return build(_context_path(context), "/", name)


@register.simple_tag(takes_context=True)
def passkeys_work(context: Context) -> bool:
    """Tell whether browsers keep passkeys for the address at which this page is."""
    call = context.get("call")
    return call is not None and not call.site.second_factors.passkeys.why_not(call.request.META.get("HTTP_HOST", ""))


@register.simple_tag(takes_context=True)
def factor_bypasses(context: Context) -> list[Any]:
    """Return the emergency switches that are on, which administrators see on every page."""
    page = context.get("page")
    return list(bypass.active(page.site.clock())) if page is not None else []


@register.simple_tag
def version() -> str:
    """Return the version of Keyhouse."""
    return __version__


@register.filter
def item(mapping: Mapping[str, Any] | None, name: str) -> Any:
    """Return what a mapping has under a name that is itself a variable, or nothing."""
    return (mapping or {}).get(name, "")


def _context_path(context: Context) -> str:
    return str(getattr(context.get("page"), "context_path", ""))
