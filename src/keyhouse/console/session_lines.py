"""Browser sessions and session keys as lists show them; never a digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from keyhouse.console.paging import Step, start_of, steps
from keyhouse.console.sign_in_words import methods_in_words, of_session
from keyhouse.core.expiry import roughly
from keyhouse.keys.models import SessionKey
from keyhouse.sessions.devices import device_of
from keyhouse.sessions.listing import life_of, living
from keyhouse.sessions.models import BrowserSession
from keyhouse.web.call import Call

PAGE_SIZE = 50
IMPERSONATING = "Sessions and session keys are not available while impersonating."


@dataclass(frozen=True)
class SessionLine:
    """One session in a list."""

    public_id: str
    user_id: int
    email: str
    user_url: str
    is_this: bool
    device: str
    user_agent: str
    address: str
    started_at: datetime
    how: str
    methods: str
    proved_at: datetime | None
    seen_at: datetime
    idle_left: str
    absolute_left: str
    key_count: int


@dataclass(frozen=True)
class SessionKeyLine:
    """One session key in a list."""

    row_id: int
    key_id: str
    owner: str
    description: str
    created_at: datetime
    last_used_at: datetime | None
    last_used_from: str
    last_used_by: str
    is_of_this: bool
    device: str
    how: str
    keeps_alive: bool


@dataclass(frozen=True)
class SessionList:
    """One page of a list of sessions."""

    lines: Sequence[SessionLine]
    first: int
    last: int
    total: int
    steps: Sequence[Step]


def sessions_of(call: Call) -> QuerySet[BrowserSession]:
    """Return the caller's living sessions; nobody's while impersonating, as they are not the administrator's to see."""
    return alive(call).filter(user_id=_own_id(call))


def keys_of(call: Call) -> QuerySet[SessionKey]:
    """Return the session keys of the caller's living sessions, the newest first."""
    keys = SessionKey.objects.filter(session__in=sessions_of(call))
    return keys.select_related("session__user").order_by("-created_at", "-id")


def keys_in(shown: SessionList) -> QuerySet[SessionKey]:
    """Return the session keys of the sessions on one page of a list."""
    keys = SessionKey.objects.filter(session__public_id__in=[line.public_id for line in shown.lines])
    return keys.select_related("session__user").order_by("session__user__email", "-created_at", "-id")


def alive(call: Call) -> QuerySet[BrowserSession]:
    """Return all living sessions of the site, the latest seen first."""
    rows = BrowserSession.objects.filter(living(call.site.clock(), call.settings))
    return rows.order_by("-last_seen_at", "-id")


def page_of(call: Call, rows: QuerySet[BrowserSession], url: str, **query: str) -> SessionList:
    """Return the page of a list that the address asks for; `url` is an action, `query` its other parameters."""
    total = rows.count()
    offset = start_of(call.parameters.number("offset"), PAGE_SIZE, total)
    shown = rows.select_related("user").annotate(key_count=Count("keys"))[offset : offset + PAGE_SIZE]
    lines = [_line(call, row, row.key_count) for row in shown]
    found = steps(offset, PAGE_SIZE, total, lambda start: call.url(url, "/", **query, offset=start))
    return SessionList(lines, offset + 1, offset + len(lines), total, found)


def key_line(call: Call, key: SessionKey) -> SessionKeyLine:
    """Return a session key as lists show it."""
    return SessionKeyLine(
        row_id=key.pk,
        key_id=key.key_id,
        owner=key.session.user.email if key.session.user else "",
        description=key.description,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        last_used_from=key.last_used_address,
        last_used_by=key.last_used_agent,
        is_of_this=key.session.public_id == call.allowed.via.session_id,
        device=device_of(key.session.user_agent),
        how=of_session(key.session),
        keeps_alive=key.keeps_alive,
    )


def is_impersonating(call: Call) -> bool:
    """Tell whether an administrator acts as somebody else."""
    return call.allowed.context.impersonation is not None


def chosen(call: Call) -> Q:
    """Find the sessions that a form names by their public ids."""
    return Q(public_id__in=[str(each) for each in call.parameters.all("session")][:PAGE_SIZE])


def _line(call: Call, row: BrowserSession, key_count: int) -> SessionLine:
    assert row.user is not None
    idle, absolute = life_of(row, call.settings).seconds_left(call.site.clock())
    return SessionLine(
        public_id=row.public_id,
        user_id=row.user.id,
        email=row.user.email,
        user_url=call.url("user-details.view", "/", userId=row.user.id),
        is_this=row.public_id == call.allowed.via.session_id,
        device=device_of(row.user_agent),
        user_agent=row.user_agent,
        address=row.address,
        started_at=row.signed_in_at or row.created_at,
        how=of_session(row),
        methods=methods_in_words(row.methods),
        proved_at=row.proved_at if row.proved_at and row.signed_in_at and row.proved_at > row.signed_in_at else None,
        seen_at=row.last_seen_at,
        idle_left=roughly(idle),
        absolute_left=roughly(absolute),
        key_count=key_count,
    )


def _own_id(call: Call) -> int:
    return 0 if is_impersonating(call) else call.principal.id
