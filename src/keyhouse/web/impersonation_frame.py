"""What the frame of each page says while somebody impersonates, and to whom it offers to."""

from dataclasses import dataclass

from keyhouse.authz.impersonated import Administrator
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import project_of
from keyhouse.authz.rights import Rights
from keyhouse.core.decision import Allowed
from keyhouse.core.impersonation import Guise, Impersonation
from keyhouse.core.permissions import Permission
from keyhouse.web.urls import build


@dataclass(frozen=True)
class ImpersonationFrame:
    """The addresses are empty where there is nothing to offer; `user` is who is impersonated, if a user is."""

    administrator: str = ""
    user: str = ""
    whom: str = ""
    where: str = ""
    choose_url: str = ""
    adjust_url: str = ""
    told_url: str = ""


def frame_of(allowed: Allowed, rights: Rights, folder: Folder | None, context_path: str) -> ImpersonationFrame:
    """Return what the frame of a page in this folder says; an error has no folder."""
    place = folder.path if folder is not None else "/"
    now = allowed.context.impersonation
    if now is None:
        may = folder is not None and not allowed.principal.is_guest and _may_start(allowed, rights, folder)
        return ImpersonationFrame(choose_url=build(context_path, place, "user-actAsUser.view") if may else "")
    return ImpersonationFrame(
        administrator=now.administrator.email,
        user=now.label if now.guise is Guise.USER else "",
        whom=in_words(now),
        where=_project_in_words(now),
        adjust_url=build(context_path, place, "user-actWithRoles.view") if now.guise is Guise.ROLES else "",
        told_url=build(context_path, "/", "user-acting.view"),
    )


def in_words(impersonation: Impersonation) -> str:
    """Say as whom or what somebody acts."""
    if impersonation.guise is Guise.USER:
        return impersonation.label
    if impersonation.guise is Guise.GROUP:
        return f"the group {impersonation.label}"
    return f"the role{'s' if len(impersonation.roles) > 1 else ''} {impersonation.label}"


def _project_in_words(impersonation: Impersonation) -> str:
    if impersonation.project_id is None:
        return ""
    project = Folder.objects.filter(id=impersonation.project_id).first()
    return project.path if project is not None else ""


def _may_start(allowed: Allowed, own: Rights, folder: Folder) -> bool:
    if not own.may(Permission.ADMIN, folder.id):
        return False
    everywhere = Administrator(allowed.principal, own, None)
    return everywhere.is_everywhere or Administrator(allowed.principal, own, project_of(folder)).may_impersonate
