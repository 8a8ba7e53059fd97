"""The Admin Console: one line on each page an administrator has."""

from dataclasses import dataclass

from django.http import HttpResponse

from keyhouse import __version__
from keyhouse.console.show import show
from keyhouse.core.permissions import Permission
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()


@dataclass(frozen=True)
class Link:
    """One page of the console, and who may open it."""

    title: str
    icon: str
    action: str
    explanation: str
    permission: Permission
    query: str = ""


@dataclass(frozen=True)
class Shown:
    """A link as the template writes it."""

    title: str
    icon: str
    url: str
    explanation: str


@dataclass(frozen=True)
class Section:
    """Links that belong together."""

    title: str
    links: list[Shown]


_MANAGE, _SEE, _AUDIT = Permission.MANAGE_USERS, Permission.SEE_ADMIN_PAGES, Permission.READ_AUDIT
_ADMIN, _OPERATE = Permission.ADMIN, Permission.ADMIN_OPERATIONS
API_KEYS_QUERY = "schemaName=core&query.queryName=APIKeys"

SECTIONS: dict[str, tuple[Link, ...]] = {
    "People and permissions": (
        Link(
            "Users", "users", "user-showUsers.view", "Add, deactivate or delete people, and send reset links.", _MANAGE
        ),
        Link("Browser Sessions", "lock", "user-showSessions.view", "Who is signed in where; end sessions.", _MANAGE),
        Link("Groups", "users", "security-groups.view", "Who belongs together and shares roles.", _MANAGE),
        Link("Folders", "folder", "admin-manageFolders.view", "The tree of folders, and who may see what in it.", _SEE),
    ),
    "Configuration": (
        Link("Site Settings", "gear", "admin-customizeSite.view", "Keys, sessions, filters, room for files.", _SEE),
        Link("Authentication", "user", "login-configure.view", "Ways to sign in, accounts, second factors.", _OPERATE),
        Link(
            "API Keys",
            "key",
            "query-executeQuery.view",
            "All keys of this server: find and delete.",
            _MANAGE,
            API_KEYS_QUERY,
        ),
    ),
    "Regulated studies": (
        Link("Terms of Use", "list", "admin-termsOfUse.view", "Write what everybody accepts first.", _ADMIN),
        Link(
            "What the Site Demands",
            "lock",
            "admin-folderDemands.view",
            "Purpose, IRB number, PHI level, signature.",
            _ADMIN,
        ),
    ),
    "Records": (
        Link("Loggers", "list", "logger-manage.view", "Switch on the log of every sign-in attempt.", _SEE),
        Link("Compliance", "shield", "audit-compliance.view", "Who saw whose data, under what declaration.", _AUDIT),
        Link("Audit Log", "shield", "audit-showAuditLog.view", "Search, verify and export what was done.", _AUDIT),
    ),
}


@actions.add("admin-showAdmin", methods=["GET"], is_page=True, site_permission=Permission.SEE_ADMIN_PAGES)
def show_admin(call: Call) -> HttpResponse:
    """Show the links that this administrator may follow."""
    return show(
        call,
        "admin.html",
        "Admin Console",
        section="admin",
        groups=list(_sections(call)),
        warnings=_warnings(call),
        facts=[("Version", __version__), ("Address", call.site.boot.url)],
    )


def _sections(call: Call) -> list[Section]:
    sections = (
        Section(title, [_shown(call, link) for link in links if call.rights.may(link.permission)])
        for title, links in SECTIONS.items()
    )
    return [section for section in sections if section.links]


def _shown(call: Call, link: Link) -> Shown:
    url = call.url(link.action, "/") + (f"?{link.query}" if link.query else "")
    return Shown(link.title, link.icon, url, link.explanation)


def _warnings(call: Call) -> list[str]:
    if call.settings.refuse_all_api_keys:
        return ["All API keys are refused at present. Switch this off in Site Settings when the emergency is over."]
    return []
