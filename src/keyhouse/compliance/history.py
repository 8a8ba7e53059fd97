"""What was demanded and declared at any moment, by the audit log alone: it holds also where tables were changed."""

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from keyhouse.audit import Kind
from keyhouse.audit.models import AuditEvent
from keyhouse.compliance.declared import KINDS as DECLARING
from keyhouse.compliance.declaring import Declared, Demand
from keyhouse.core.assurance import Assurance
from keyhouse.core.context import AcceptedTerms
from keyhouse.core.phi import PhiLevel

_WITHDRAWN = hashlib.sha256(b"").hexdigest().upper()
_READ = (Kind.TERMS_CHANGED.value, Kind.DEMAND_CHANGED.value, *DECLARING)
Holder = tuple[str, str]
"""An API key by its public id, or a browser session by its own."""


@dataclass(frozen=True)
class Made:
    """One declaration: by whom it may be used, for which folder and those below, and from when on."""

    declared: Declared
    holder: Holder
    scope: str
    at: datetime


class Timeline:
    """A value that changes: what it was at a moment."""

    def __init__(self) -> None:
        self._at: list[datetime] = []
        self._values: list[Any] = []

    def put(self, at: datetime, value: Any) -> None:
        """Let the value be another from now on; a clock that stepped back cannot reorder what happened."""
        self._at.append(max(at, self._at[-1]) if self._at else at)
        self._values.append(value)

    def value_at(self, at: datetime, default: Any = None) -> Any:
        """Return the value of a moment."""
        place = bisect_right(self._at, at)
        return self._values[place - 1] if place else default

    def changes(self, since: datetime, until: datetime) -> list[datetime]:
        """Return the moments of change after `since`, up to `until`."""
        return self._at[bisect_right(self._at, since) : bisect_right(self._at, until)]

    @property
    def latest(self) -> Any:
        """The value now."""
        return self._values[-1] if self._values else None


class History:
    """The demands of all folders and all declarations, each from its moment on."""

    def __init__(self, until: datetime | None = None) -> None:
        self._terms: dict[str, Timeline] = defaultdict(Timeline)
        self._demands: dict[str, Timeline] = defaultdict(Timeline)
        self._in_force: dict[tuple[Holder, Any], Timeline] = defaultdict(Timeline)
        self._scope_ids: dict[int, Any] = {}
        self.made: dict[int, Made] = {}
        events = AuditEvent.objects.filter(kind__in=_READ).order_by("sequence")
        for event in (events if until is None else events.filter(at__lt=until)).iterator(chunk_size=1000):
            self._take(event)

    def moments(self, folder: str, since: datetime, until: datetime) -> Iterator[datetime]:
        """Return the moments at which something else was demanded in a folder, `until` the first of them."""
        yield until
        yield since
        for path in paths_to(folder):
            for timelines in (self._terms, self._demands):
                if path in timelines:
                    yield from timelines[path].changes(since, until)

    def demanded(self, folder: str, at: datetime) -> Demand:
        """Return what a folder demanded, with all that the folders above it did."""
        demand = Demand()
        for path in paths_to(folder):
            own: Mapping[str, Any] = self._demands[path].value_at(at, {}) if path in self._demands else {}
            demand = _joined(demand, own)
            terms = self._terms[path].value_at(at) if path in self._terms else None
            demand = replace(demand, terms=(*demand.terms, terms)) if terms else demand
        return demand

    def successor(self, number: int, until: datetime) -> int | None:
        """Return the declaration that had taken the place of another by then, if one had."""
        made = self.made[number]
        latest = self._in_force[made.holder, self._scope_ids[number]].value_at(until)
        return latest if latest is not None and latest != number and latest > number else None

    def _take(self, event: AuditEvent) -> None:
        path, details = event.folder.rstrip("/").lower() or "/", event.details
        if event.kind == Kind.TERMS_CHANGED.value:
            written = details["written"]
            is_gone = written["digest"] == _WITHDRAWN
            terms = None if is_gone else AcceptedTerms(event.folder, written["version"], written["digest"])
            self._terms[path].put(event.at, terms)
        elif event.kind == Kind.DEMAND_CHANGED.value:
            self._demands[path].put(event.at, {**(self._demands[path].latest or {}), **details["new"]})
        else:
            self._declare(event)

    def _declare(self, event: AuditEvent) -> None:
        details = event.details
        number, key = details["declaration"], details.get("declaredKeyId", "")
        source = self.made.get(details.get("carriedFrom", 0))
        level = details.get("phiLevel")
        declared = Declared(
            number=number,
            at=source.declared.at if source else event.at,
            purpose=details.get("purpose"),
            irb_number=details.get("irbNumber"),
            phi_level=PhiLevel.named(level) if level else None,
            terms=terms_in(details),
            printed_name=details.get("printedName", ""),
            is_of_key=bool(key),
        )
        holder = ("key", key) if key else ("session", event.session_id)
        self.made[number] = Made(declared, holder, event.folder, event.at)
        self._scope_ids[number] = details.get("scopeId")
        self._in_force[holder, details.get("scopeId")].put(event.at, number)


def terms_in(details: Mapping[str, Any]) -> tuple[AcceptedTerms, ...]:
    """Return the accepted terms that the details of an event tell."""
    return tuple(AcceptedTerms(each["folder"], each["version"], each["digest"]) for each in details.get("terms", ()))


def paths_to(folder: str) -> list[str]:
    """Return the paths of a folder and of all above it, in lower case, the root's first."""
    names = [name for name in folder.lower().split("/") if name]
    return ["/", *("/" + "/".join(names[:depth]) for depth in range(1, len(names) + 1))]


def _joined(above: Demand, own: Mapping[str, Any]) -> Demand:
    if not own:
        return above
    days = own.get("lapse_days")
    lapses = [each for each in (above.lapses_after, timedelta(days=days) if days is not None else None) if each]
    return replace(
        above,
        wants_purpose=above.wants_purpose or bool(own.get("wants_purpose")),
        purposes=tuple(own.get("purposes") or ()) or above.purposes,
        wants_irb_number=above.wants_irb_number or bool(own.get("wants_irb_number")),
        wants_phi_level=above.wants_phi_level or bool(own.get("wants_phi_level")),
        wants_signature=above.wants_signature or bool(own.get("wants_signature")),
        lapses_after=min(lapses, default=None),
        assurance=max(above.assurance, Assurance(own.get("assurance") or 0)),
    )
