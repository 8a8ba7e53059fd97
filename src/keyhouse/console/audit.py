"""Audit Log: search it, verify its chain, take it along."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from keyhouse.accounts.models import User
from keyhouse.audit import Kind, Outcome
from keyhouse.audit.levels import of_level
from keyhouse.audit.models import AuditEvent
from keyhouse.audit.verify import Intact, rows, verify
from keyhouse.console.paging import start_of, steps
from keyhouse.console.show import is_post, show
from keyhouse.console.sign_in_words import of_event
from keyhouse.core.assurance import Assurance
from keyhouse.core.permissions import Permission
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()

PAGE = 100
_FIELDS = ("kind", "user", "key", "after", "before", "level")


@dataclass(frozen=True)
class Search:
    """What is looked for; days are ``2026-07-01`` and both ends are included."""

    kind: str
    user: str
    key: str
    after: str
    before: str
    level: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Tell whether anything is left out."""
        return any((self.kind, self.user, self.key, self.after, self.before, self.level))


@dataclass(frozen=True)
class EventLine:
    """One event in the list."""

    number: int
    at: datetime
    kind: str
    user: str
    impersonated_by: str
    via: str
    how: str
    address: str
    what: str
    outcome: str
    is_refused: bool
    reason: str


@dataclass(frozen=True)
class Verified:
    """How the chain was found."""

    is_whole: bool
    words: str


@actions.add("audit-showAuditLog", is_page=True, site_permission=Permission.READ_AUDIT)
def show_audit_log(call: Call) -> HttpResponseBase:
    """Search the log; by POST, verify its chain first."""
    verified = _verified() if is_post(call) and call.parameters.text("do") == "verify" else None
    search = Search(*(call.parameters.text(name).strip() for name in _FIELDS))
    problems: list[tuple[str, str]] = []
    events = _found(search, problems)
    return _page(call, search, problems, events, verified)


@actions.add("audit-exportAuditLog", methods=["GET"], is_page=True, site_permission=Permission.READ_AUDIT)
def export_audit_log(call: Call) -> HttpResponseBase:
    """Send the whole log as JSON lines; that it was taken is in the log first."""
    call.record(Kind.AUDIT_READ, "The audit log was exported from its page.")
    response = StreamingHttpResponse(_lines(), content_type="application/x-ndjson; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="keyhouse-audit.jsonl"'
    response["Cache-Control"] = "no-store"
    return response


def _lines() -> Iterator[bytes]:
    for row in rows():
        yield json.dumps(row, default=_plain, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _verified() -> Verified:
    found = verify()
    if isinstance(found, Intact):
        return Verified(
            True, f"All {found.events:,} events are whole and in order. The chain ends with {found.digest}."
        )
    return Verified(False, f"The chain is broken at event {found.sequence}: {found.fault}.")


def _found(search: Search, problems: list[tuple[str, str]]) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.order_by("-sequence")
    if search.kind:
        events = events.filter(kind=search.kind)
    if search.user:
        events = events.filter(Q(user__icontains=search.user) | Q(comment__icontains=search.user))
    if search.key:
        events = events.filter(Q(key_id=search.key) | Q(comment__contains=search.key))
    if (level := Assurance.named(search.level)) is not None:
        events = events.filter(of_level(level))
    if after := day_of(search.after, "after", problems):
        events = events.filter(at__gte=after)
    if before := day_of(search.before, "before", problems):
        events = events.filter(at__lt=before + timedelta(days=1))
    return events


def day_of(text: str, control: str, problems: list[tuple[str, str]]) -> datetime | None:
    """Read a day of a form; what is none becomes a problem of its control."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        problems.append((control, f"'{text[:30]}' is not a day; write it as 2026-07-01."))
        return None
    if not 1970 <= day.year < 3000:
        # The reports count days from it, and no calendar goes on for ever.
        problems.append((control, f"'{text[:30]}' is not a day that any log has."))
        return None
    return day


def _page(
    call: Call,
    search: Search,
    problems: list[tuple[str, str]],
    events: QuerySet[AuditEvent],
    verified: Verified | None,
) -> HttpResponse:
    total = events.count()
    offset = start_of(call.parameters.number("offset"), PAGE, total)
    shown = [] if problems else list(events[offset : offset + PAGE])
    url = call.url("audit-showAuditLog.view", "/")
    return show(
        call,
        "audit.html",
        "Audit Log",
        is_admin_page=True,
        is_wide=True,
        problems=problems,
        search=search,
        verified=verified,
        kinds=[kind.value for kind in Kind],
        levels=[(each.wire_name, each.label) for each in Assurance],
        events=_event_lines(shown),
        range_words=f"Events {offset + 1:,} to {offset + len(shown):,} of {total:,}, the latest first",
        steps=steps(offset, PAGE, total, lambda start: f"{url}?{urlencode({**vars(search), 'offset': start})}"),
        audit_url=url,
        export_url=call.url("audit-exportAuditLog.view", "/"),
    )


def _event_lines(events: list[AuditEvent]) -> list[EventLine]:
    ids = {event.impersonator_id for event in events if event.impersonator_id}
    impersonators = dict(User.objects.filter(id__in=ids).values_list("id", "email"))
    return [_line(event, impersonators) for event in events]


def _line(event: AuditEvent, impersonators: dict[int, str]) -> EventLine:
    behind = event.impersonator_id
    return EventLine(
        number=event.sequence,
        at=event.at,
        kind=event.kind,
        user=event.user,
        impersonated_by=impersonators.get(behind, f"user {behind}") if behind else "",
        via=f"{event.via} {event.key_id}".strip(),
        how=of_event(event.details),
        address=event.address,
        what=_what(event),
        outcome=event.outcome,
        is_refused=event.outcome != Outcome.OK.value,
        reason=event.reason,
    )


def _what(event: AuditEvent) -> str:
    data = ".".join(part for part in (event.schema, event.query) if part)
    place = f"{data} in {event.folder}" if data and event.folder else data or ""
    return f"{event.comment} ({place})" if event.comment and place else event.comment or place
