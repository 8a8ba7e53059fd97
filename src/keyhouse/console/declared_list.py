"""What one person declared, in all sessions and for all keys: on a page of their own, and for administrators."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse

from keyhouse.accounts.models import User
from keyhouse.audit import Kind
from keyhouse.console.paging import start_of, steps
from keyhouse.console.show import show
from keyhouse.core.permissions import Permission
from keyhouse.core.phi import PhiLevel
from keyhouse.declarations.models import Declaration
from keyhouse.sessions.models import BrowserSession
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.pages import Crumb

actions = ActionTable()
PAGE = 50


@dataclass(frozen=True)
class AcceptedLine:
    """One text of terms that was accepted."""

    words: str
    digest: str


@dataclass(frozen=True)
class DeclaredLine:
    """One declaration in the list."""

    number: int
    at: datetime
    folder: str
    holder: str
    is_in_force: bool
    purpose: str
    irb_number: str
    phi_level: str
    terms: list[AcceptedLine]
    printed_name: str
    meaning: str


@actions.add("login-declarations", methods=["GET"], is_page=True, needs_sign_in=True, ignores_declarations=True)
def my_declarations(call: Call) -> HttpResponse:
    """Show what the person who signed in declared so far."""
    return _page(call, call.allowed.signed_in.id, "login-declarations.view", "My declarations")


@actions.add(
    "user-declarations",
    methods=["GET"],
    is_page=True,
    site_permission=Permission.READ_AUDIT,
    ignores_declarations=True,
)
def declarations_of(call: Call) -> HttpResponse:
    """Show what one person declared; that it was looked at is in the audit log."""
    user = User.objects.filter(id=call.parameters.number("userId") or 0).first()
    if user is None:
        raise NotFound("There is no such user. It may have been deleted; the audit log has what was declared.")
    call.record(Kind.AUDIT_READ, f"What {user.email} declared was looked at.")
    trail = [Crumb("Users", call.url("user-showUsers.view", "/"))] if call.rights.may(Permission.MANAGE_USERS) else []
    return _page(call, user.id, "user-declarations.view", f"Declarations of {user.display_name}", trail)


def _page(call: Call, user_id: int, action: str, title: str, trail: "list[Crumb] | None" = None) -> HttpResponse:
    made = Declaration.objects.filter(user_id=user_id).select_related("scope", "key").order_by("-at", "-id")
    total = made.count()
    offset = start_of(call.parameters.number("offset"), PAGE, total)
    rows = list(made[offset : offset + PAGE])
    others = {"userId": user_id} if action.startswith("user-") else {}
    return show(
        call,
        "declared_list.html",
        title,
        is_admin_page=bool(others),
        trail=trail or [],
        is_own=not others,
        lines=_lines(call, rows),
        total=total,
        first=offset + 1,
        last=offset + len(rows),
        steps=steps(offset, PAGE, total, lambda start: call.url(action, "/", **others, offset=start)),
    )


def _lines(call: Call, rows: list[Declaration]) -> list[DeclaredLine]:
    latest = _latest(rows)
    sessions = {row.session_id for row in rows if row.key is None}
    alive = set(
        BrowserSession.objects.filter(public_id__in=sessions, ends_at__gt=call.site.clock()).values_list(
            "public_id", flat=True
        )
    )
    return [_line(call, row, row.pk in latest and _lives(row, alive)) for row in rows]


def _latest(rows: list[Declaration]) -> set[int]:
    """Find which of these rows no later declaration replaced."""
    scopes, sessions = {row.scope_id for row in rows}, {row.session_id for row in rows}
    keys = {row.key_id for row in rows if row.key_id}
    same = Declaration.objects.filter(scope_id__in=scopes).order_by("version", "id")
    of_keys = same.filter(key_id__in=keys).values_list("key_id", "scope_id", "id")
    of_sessions = same.filter(key=None, session_id__in=sessions).values_list("session_id", "scope_id", "id")
    newest = {(str(holder), scope): number for holder, scope, number in [*of_keys, *of_sessions]}
    return set(newest.values())


def _lives(row: Declaration, alive: set[str]) -> bool:
    return row.key.revoked_at is None if row.key else row.session_id in alive


def _line(call: Call, row: Declaration, is_in_force: bool) -> DeclaredLine:
    level = PhiLevel(row.phi_level).label if row.phi_level is not None else ""
    return DeclaredLine(
        number=row.pk,
        at=row.at,
        folder=row.scope.path,
        holder=_holder(call, row),
        is_in_force=is_in_force,
        purpose=row.purpose or "",
        irb_number=row.irb_number or "",
        phi_level=level,
        terms=[_accepted(each) for each in row.terms],
        printed_name=row.printed_name,
        meaning=row.meaning,
    )


def _holder(call: Call, row: Declaration) -> str:
    if row.key is not None:
        return f"API key {row.key.description or row.key.key_id}"
    is_here = row.session_id == call.allowed.via.session_id
    return "this browser session" if is_here else f"browser session {row.session_id}"


def _accepted(terms: "dict[str, object]") -> AcceptedLine:
    place = "the site" if terms["folder"] == "/" else str(terms["folder"])
    return AcceptedLine(f"{place}, version {terms['version']}", str(terms["digest"]))
