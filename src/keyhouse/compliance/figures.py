"""How much was accessed: by day, by purpose and by PHI level, and how often the server refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from keyhouse.audit import Kind, Outcome
from keyhouse.audit.models import AuditEvent
from keyhouse.compliance.narrowing import Narrowed
from keyhouse.compliance.within import ACCESSES
from keyhouse.core.phi import PhiLevel

NONE_DECLARED = "None declared"
_MOST_DAYS = 92
_MOST_PURPOSES = 8
Counted = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Figures:
    """Numbers of accesses; those by day have every day, also where nothing was."""

    accesses: int
    by_day: Counted
    by_purpose: Counted
    by_phi_level: Counted
    refusals_by_day: Counted
    by_reason: Counted


def figures(narrowed: Narrowed, days: Sequence[date]) -> Figures:
    """Count accesses and refusals."""
    events = AuditEvent.objects.filter(narrowed.condition)
    accesses = events.filter(kind__in=[kind.value for kind in ACCESSES])
    refused = events.filter(~Q(outcome=Outcome.OK.value), kind__in=_REFUSALS)
    return Figures(
        accesses=accesses.count(),
        by_day=_by_day(accesses.annotate(day=TruncDate("at")).values_list("day").annotate(Count("sequence")), days),
        by_purpose=_largest(dict(accesses.values_list("details__purpose").annotate(Count("sequence")))),
        by_phi_level=_by_level(dict(accesses.values_list("details__phiOfColumns").annotate(Count("sequence")))),
        refusals_by_day=_by_day(
            refused.annotate(day=TruncDate("at")).values_list("day").annotate(Count("sequence")), days
        ),
        by_reason=_largest(_by_reason(refused.values_list("kind", "reason").annotate(Count("sequence")))),
    )


_REFUSALS = [each.value for each in (Kind.ACCESS_REFUSED, Kind.KEY_REFUSED, Kind.SIGN_IN_FAILED)]


def days_between(first: date, last: date) -> list[date]:
    """Return the days from one to another, as many of the latest as a chart can show."""
    count = min(max((last - first).days + 1, 1), _MOST_DAYS)
    return [last - timedelta(days=back) for back in reversed(range(count))]


def _by_day(counted: Iterable[tuple[date, int]], days: Sequence[date]) -> Counted:
    found = dict(counted)
    return [(day.isoformat(), found.get(day, 0)) for day in days]


def _largest(counted: Mapping[str | None, int]) -> Counted:
    named = sorted(((name or NONE_DECLARED, count) for name, count in counted.items()), key=lambda each: -each[1])
    rest = sum(count for _name, count in named[_MOST_PURPOSES:])
    return [*named[:_MOST_PURPOSES], *([("All others", rest)] if rest else [])]


def _by_level(counted: Mapping[str | None, int]) -> Counted:
    files = counted.get(None, 0)
    levels = [(level.label, counted.get(level.wire_name, 0)) for level in PhiLevel]
    return [*levels, *([("Files", files)] if files else [])]


def _by_reason(counted: Iterable[tuple[str, str, int]]) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for kind, reason, count in counted:
        name = reason.replace("_", " ") or kind
        found[name] = found.get(name, 0) + count
    return found
