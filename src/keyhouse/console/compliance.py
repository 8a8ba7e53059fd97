"""Compliance: accesses at a glance, and the four questions of a compliance officer, each with an export.

Looking at a report is itself in the audit log, before the report leaves.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from keyhouse.audit import Kind
from keyhouse.compliance import titles
from keyhouse.compliance.declared import all_declared, declared
from keyhouse.compliance.figures import days_between, figures
from keyhouse.compliance.narrowing import Line, Narrowed, Page
from keyhouse.compliance.seen_by import all_seen_by, possibly_seen_by, seen_by
from keyhouse.compliance.who_saw import all_who_saw, who_saw
from keyhouse.compliance.within import within
from keyhouse.console import charts
from keyhouse.console.audit import day_of
from keyhouse.console.show import show
from keyhouse.core.permissions import Permission
from keyhouse.data import Column
from keyhouse.tabular.write_text import TextForm, write_text
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.pages import Crumb

actions = ActionTable()

PAGE = 50
# A page is not to keep anybody waiting; the command and the exports look at every access.
_MOST_CHECKED = 20_000
_SHOWN_DAYS = 30
_QUESTIONS = (
    ("audit-whoSaw.view", "Who saw this participant's data?", "users"),
    ("audit-seenBy.view", "Whose data did this person see?", "list"),
    ("audit-declared.view", "What did each person declare?", "key"),
    ("audit-within.view", "Was the access within the declaration?", "shield"),
)


@dataclass(frozen=True)
class Asked:
    """What the form of a report holds, as it was typed, and what it means."""

    participant: str
    person: str
    folder: str
    after: str
    before: str
    page: str
    has_possible: bool
    narrowed: Narrowed
    problems: Sequence[tuple[str, str]]

    @property
    def parameters(self) -> dict[str, str]:
        """The form as parameters of an address."""
        typed = {name: getattr(self, name) for name in ("participant", "person", "folder", "after", "before")}
        return {name: value for name, value in typed.items() if value} | (
            {} if self.has_possible else {"possible": "0"}
        )


@dataclass(frozen=True)
class Table:
    """The lines of a report as the template writes them."""

    titles: list[str]
    rows: list[list[str]]


@actions.add("audit-compliance", methods=["GET"], is_page=True, site_permission=Permission.READ_AUDIT)
def compliance(call: Call) -> HttpResponse:
    """Show accesses by day, purpose and PHI level, and refusals; by default of the last thirty days."""
    asked = _asked(call)
    days = _days(call, asked)
    shown = Narrowed(_begin(days[0]), _begin(days[-1] + timedelta(days=1)), asked.person, asked.folder)
    _record(call, "the overview", asked)
    found = figures(shown, days)
    return show(
        call,
        "compliance.html",
        "Compliance",
        is_admin_page=True,
        is_wide=True,
        problems=asked.problems,
        asked=asked,
        charts=[
            charts.columns("by-day", "Accesses a day", found.by_day),
            charts.columns("refusals", "Refusals a day", found.refusals_by_day, "danger"),
            charts.bars("purposes", "Accesses by declared purpose", "Purpose", found.by_purpose),
            charts.bars("levels", "Accesses by PHI level of the columns", "PHI level", found.by_phi_level),
            charts.bars("reasons", "Refusals by reason", "Reason", found.by_reason, "danger"),
        ],
        days_words=f"From {days[0]} to {days[-1]} (UTC)",
        questions=[(call.url(name, "/"), title, icon) for name, title, icon in _QUESTIONS],
        form_url=call.url("audit-compliance.view", "/"),
    )


@actions.add("audit-whoSaw", methods=["GET"], is_page=True, site_permission=Permission.READ_AUDIT)
def show_who_saw(call: Call) -> HttpResponseBase:
    """Tell who was served rows of a participant."""
    asked = _asked(call)
    names = call.site.participants.searched(asked.participant)
    if asked.participant and (
        export := _export(
            call, asked, "who-saw", titles.WHO_SAW, all_who_saw(names, asked.narrowed, asked.has_possible)
        )
    ):
        return export
    _record(call, "who saw", asked)
    is_asked = bool(asked.participant) and not asked.problems
    page = who_saw(names, asked.narrowed, PAGE, asked.page, asked.has_possible) if is_asked else Page(())
    return _report(call, asked, "audit-whoSaw.view", _QUESTIONS[0][1], titles.WHO_SAW, page, is_asked)


@actions.add("audit-seenBy", methods=["GET"], is_page=True, site_permission=Permission.READ_AUDIT)
def show_seen_by(call: Call) -> HttpResponseBase:
    """Tell whose rows a person was served."""
    asked = _asked(call)
    if asked.person and (export := _export(call, asked, "seen-by", titles.SEEN_BY, all_seen_by(asked.narrowed))):
        return export
    _record(call, "seen by", asked)
    is_asked = bool(asked.person) and not asked.problems
    page = seen_by(asked.narrowed, PAGE, asked.page) if is_asked else Page(())
    possible = possibly_seen_by(asked.narrowed) if is_asked and not asked.page else []
    words = [f"{each['table']} ({_times(each['accesses'])}, last {titles.text_of(each['last'])})" for each in possible]
    return _report(call, asked, "audit-seenBy.view", _QUESTIONS[1][1], titles.SEEN_BY, page, is_asked, possible=words)


@actions.add("audit-declared", methods=["GET"], is_page=True, site_permission=Permission.READ_AUDIT)
def show_declared(call: Call) -> HttpResponseBase:
    """Tell what people declared."""
    asked = _asked(call)
    if export := _export(call, asked, "declared", titles.DECLARED, all_declared(asked.narrowed)):
        return export
    _record(call, "declared", asked)
    page = Page(()) if asked.problems else declared(asked.narrowed, PAGE, asked.page)
    return _report(call, asked, "audit-declared.view", _QUESTIONS[2][1], titles.DECLARED, page, True)


@actions.add("audit-within", methods=["GET"], is_page=True, site_permission=Permission.READ_AUDIT)
def show_within(call: Call) -> HttpResponseBase:
    """Compare accesses with the declarations in force, and list those that were not within them."""
    asked = _asked(call)
    if export := _export(call, asked, "within", titles.WITHIN, _deviations(asked.narrowed)):
        return export
    _record(call, "within", asked)
    checked = within(asked.narrowed, 0 if asked.problems else _MOST_CHECKED)
    page = Page(tuple(checked.deviations[:PAGE]))
    return _report(call, asked, "audit-within.view", _QUESTIONS[3][1], titles.WITHIN, page, True, checked=checked)


def _asked(call: Call) -> Asked:
    names = ("participant", "person", "folder", "after", "before", "page")
    typed = {name: call.parameters.text(name).strip()[:1024] for name in names}
    problems: list[tuple[str, str]] = []
    since, until = day_of(typed["after"], "after", problems), day_of(typed["before"], "before", problems)
    narrowed = Narrowed(since, until and until + timedelta(days=1), typed["person"], typed["folder"])
    has_possible = call.parameters.flag("possible", default=True)
    return Asked(**typed, has_possible=has_possible, narrowed=narrowed, problems=problems)


def _days(call: Call, asked: Asked) -> list[date]:
    last = asked.narrowed.until.date() - timedelta(days=1) if asked.narrowed.until else call.site.clock().date()
    since = asked.narrowed.since.date() if asked.narrowed.since else last - timedelta(days=_SHOWN_DAYS - 1)
    return days_between(since, last)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _record(call: Call, report: str, asked: Asked, **details: Any) -> None:
    said = {name: value for name, value in asked.parameters.items() if name != "participant"}
    if asked.participant:
        mode = call.settings.participants_in_log
        said["participant"] = call.site.participants.written([asked.participant], mode)[0]
    call.record(Kind.AUDIT_READ, f"Compliance report: {report}.", details={"report": {**said, **details}})


def _deviations(narrowed: Narrowed) -> Iterator[Line]:
    yield from within(narrowed).deviations


def _export(
    call: Call, asked: Asked, name: str, columns: tuple[str, ...], lines: Iterable[Line]
) -> HttpResponseBase | None:
    form = call.parameters.text("format").lower()
    if form not in {"csv", "jsonl"} or asked.problems:
        return None
    _record(call, name, asked, format=form)
    pieces, media_type = (
        (_csv(lines, columns), "text/csv; charset=utf-8")
        if form == "csv"
        else (_json_lines(lines, columns), "application/x-ndjson; charset=utf-8")
    )
    response = StreamingHttpResponse(pieces, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "no-store"
    return response


def _csv(lines: Iterable[Line], columns: tuple[str, ...]) -> Iterator[bytes]:
    described = [Column(name) for name in columns]
    rows = ([_cell(line[name]) for name in columns] for line in lines)
    # People open it by a double click, and what others declared could begin a formula.
    form = TextForm(is_guarded=True, has_mark=True)
    return write_text(described, [titles.TITLES[name] for name in columns], rows, form)


def _cell(value: Any) -> Any:
    return value if isinstance(value, int) else titles.text_of(value)


def _json_lines(lines: Iterable[Line], columns: tuple[str, ...]) -> Iterator[bytes]:
    for line in lines:
        yield json.dumps(titles.plain(line, columns), ensure_ascii=False).encode() + b"\n"


def _report(
    call: Call,
    asked: Asked,
    name: str,
    title: str,
    columns: tuple[str, ...],
    page: Page,
    is_asked: bool,
    **context: Any,
) -> HttpResponse:
    url = call.url(name, "/")
    query: Mapping[str, str] = asked.parameters
    return show(
        call,
        "compliance_report.html",
        title,
        is_admin_page=True,
        is_wide=True,
        trail=[Crumb("Compliance", call.url("audit-compliance.view", "/"))],
        problems=asked.problems,
        heading=title,
        asked=asked,
        is_asked=is_asked,
        report=name.partition(".")[0].partition("-")[2],
        table=_table(page.lines, columns),
        form_url=url,
        first_url=f"{url}?{urlencode(query)}" if asked.page else "",
        next_url=f"{url}?{urlencode({**query, 'page': page.after})}" if page.after else "",
        csv_url=f"{url}?{urlencode({**query, 'format': 'csv'})}",
        jsonl_url=f"{url}?{urlencode({**query, 'format': 'jsonl'})}",
        **context,
    )


def _table(lines: Sequence[Line], columns: tuple[str, ...]) -> Table:
    """Leave out columns that are empty on this page: most studies demand only some of what can be declared."""
    kept = [name for name in columns if any(titles.text_of(line[name]) for line in lines)]
    rows = [[titles.text_of(line[name]) for name in kept] for line in lines]
    return Table([titles.TITLES[name] for name in kept], rows)
