"""What templates can ask beyond Django's own tags; the settings name this module as the library ``keyhouse_assets``."""

from django.template import Context, Library

from keyhouse.console.assets import asset_url

register = Library()


@register.simple_tag(takes_context=True)
def asset(context: Context, name: str) -> str:
    """Return the address of an asset below the context path of the page."""
    return str(getattr(context.get("page"), "context_path", "")) + asset_url(name)
