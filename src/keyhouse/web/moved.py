"""Folders that were renamed or moved: a link with the old path leads to the new one."""

from django.http import HttpRequest, HttpResponseRedirect

from keyhouse.authz import aliases, folders
from keyhouse.authz.impersonated import rights_acting
from keyhouse.authz.models import Folder
from keyhouse.core.decision import Allowed
from keyhouse.core.permissions import Permission
from keyhouse.web import urls
from keyhouse.web.site import Site


def redirect(site: Site, request: HttpRequest, target: urls.Target) -> HttpResponseRedirect | None:
    """Return where the folder of a GET is today, or None; who may not read it learns neither that nor where."""
    place = aliases.lead_on(folders.normal(target.container)) if request.method in {"GET", "HEAD"} else None
    folder = Folder.objects.filter(lower_path=place.lower()).first() if place else None
    allowed: Allowed = request.META["keyhouse.allowed"]
    if folder is None:
        return None
    if not rights_acting(allowed.principal, allowed.context.impersonation).may(Permission.READ, folder.id):
        return None
    ending = request.path_info.rpartition(".")[2].lower()
    name = f"{target.name}.{ending}" if ending in {"api", "view", "post"} else target.name
    address = urls.build(site.boot.context_path, folder.path, name)
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{address}?{query}" if query else address)
