"""Was each access within the declaration: every access compared with what was demanded and declared at its time.

The log line of an access says under which declaration it was made. That declaration must be in the log, belong to the
same session or key, say the same, have been the latest, and meet all that the folder demanded; the sign-in behind it
must have had the level that was demanded; and no column may be more identifying than it declares. On a sound system
there is no deviation: the server refuses such an access.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from keyhouse.audit import Kind
from keyhouse.audit.models import AuditEvent
from keyhouse.compliance.accesses import lines_of
from keyhouse.compliance.declaring import Declared, Demand, Item, lacking
from keyhouse.compliance.history import History, Made, paths_to, terms_in
from keyhouse.compliance.narrowing import Line, Narrowed
from keyhouse.core.assurance import Assurance
from keyhouse.core.phi import PhiLevel

ACCESSES = (Kind.DATA_READ, Kind.DATA_EXPORTED, Kind.FILE_READ)
# A request is judged when it begins and written down when its rows are there: in between, what holds may change.
IN_FLIGHT = timedelta(minutes=5)
_LACKS = {
    Item.TERMS: "the terms of use in force had not been accepted",
    Item.PURPOSE: "no purpose had been declared that the folder allows",
    Item.IRB_NUMBER: "no IRB number had been declared",
    Item.PHI_LEVEL: "no PHI level had been declared",
    Item.SIGNATURE: "the declaration had not been signed",
    Item.SIGN_IN_LEVEL: "the sign-in behind it was not sure enough",
}


@dataclass
class Checked:
    """What was checked. `is_cut` tells that there were more accesses than were to be looked at."""

    accesses: int = 0
    with_declaration: int = 0
    undemanded: int = 0
    archived: int = 0
    is_cut: bool = False
    deviations: list[Line] = field(default_factory=list)


def within(narrowed: Narrowed, most: int | None = None) -> Checked:
    """Compare accesses, the latest first and `most` of them at most, with what was declared at their time."""
    history, checked = History(), Checked()
    first = AuditEvent.objects.order_by("sequence").values_list("sequence", flat=True).first() or 1
    events = AuditEvent.objects.filter(narrowed.condition, kind__in=[kind.value for kind in ACCESSES])
    for event in events.order_by("-sequence").iterator(chunk_size=500):
        if most is not None and checked.accesses >= most:
            checked.is_cut = True
            break
        checked.accesses += 1
        _check(_Access(history, event), checked, is_complete=first == 1)
    return checked


def _check(access: "_Access", checked: Checked, is_complete: bool) -> None:
    number = access.event.details.get("declaration")
    if number is not None and number not in access.history.made and not is_complete:
        checked.archived += 1
        return
    checked.with_declaration += number is not None
    checked.undemanded += number is None
    if faults := list(dict.fromkeys(access.faults())):
        [line] = lines_of([access.event])
        checked.deviations.append({**line, "why": tuple(faults)})


@dataclass(frozen=True)
class _Access:
    history: History
    event: AuditEvent

    def faults(self) -> Iterator[str]:
        """Say all that is wrong, in the folder of the access and in each other one that was drawn on."""
        details = self.event.details
        yield from self._faults_in(self.event.folder, details)
        for there in details.get("elsewhere", ()):
            for folder in there.get("folders", ()):
                yield from (f"{fault} (in {folder})" for fault in self._faults_in(folder, there))

    def _faults_in(self, folder: str, said: Mapping[str, Any]) -> Iterator[str]:
        number = said.get("declaration")
        made = self.history.made.get(number) if isinstance(number, int) else None
        if number is not None and made is None:
            yield f"declaration {number} is not in the log"
            return
        if made is not None:
            yield from self._misused(made, folder, said)
        yield from self._unmet(folder, made.declared if made else None)

    def _misused(self, made: Made, folder: str, said: Mapping[str, Any]) -> Iterator[str]:
        declared, event = made.declared, self.event
        holder = ("session", event.session_id) if event.session_id else ("key", event.key_id)
        if made.holder != holder:
            yield f"declaration {declared.number} was made for another {made.holder[0]}"
        if (made.scope.rstrip("/").lower() or "/") not in paths_to(folder):
            yield f"declaration {declared.number} was made for another folder"
        if made.at > event.at + IN_FLIGHT:
            yield f"declaration {declared.number} was made later"
        if (newer := self.history.successor(declared.number, event.at - IN_FLIGHT)) is not None:
            yield f"declaration {declared.number} was no longer in force: {newer} had taken its place"
        if _said(said) != (declared.purpose, declared.irb_number, declared.phi_level, declared.terms):
            yield f"the log line does not say what declaration {declared.number} says"

    def _unmet(self, folder: str, declared: Declared | None) -> Iterator[str]:
        """Say what was lacking; where the demands changed meanwhile, it is enough to have met those of one moment."""
        moments = self.history.moments(folder, self.event.at - IN_FLIGHT, self.event.at)
        unmet = [self._lacking(self.history.demanded(folder, at), declared, at) for at in moments]
        if all(unmet):
            yield from unmet[0]

    def _lacking(self, demand: Demand, declared: Declared | None, at: datetime) -> list[str]:
        if demand.is_nothing:
            return []
        level = _level(self.event.details)
        lacks = lacking(demand, declared, level, at)
        if declared is not None and lacks and not lacking(demand, declared, level, declared.at):
            return [f"declaration {declared.number} had lapsed"]
        found = [_LACKS[item] for item in Item if item in lacks]
        served = PhiLevel.named(self.event.details.get("phiOfColumns", "")) or PhiLevel.NOT_PHI
        highest = declared.phi_level if declared and declared.phi_level is not None else PhiLevel.NOT_PHI
        if demand.wants_phi_level and served > highest:
            found.append(f"columns of {served.label} were served, {highest.label} was declared")
        return found


def _level(details: Mapping[str, Any]) -> Assurance:
    return Assurance(details.get("signIn", {}).get("assurance", 0))


def _said(said: Mapping[str, Any]) -> tuple[Any, ...]:
    level = said.get("phiLevel")
    return said.get("purpose"), said.get("irbNumber"), PhiLevel.named(level) if level else None, terms_in(said)
