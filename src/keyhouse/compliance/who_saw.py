"""Who saw this participant's data: the accesses that the index of participants leads to, the latest first."""

import heapq
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter

from keyhouse.audit.models import AuditEvent, AuditParticipant
from keyhouse.audit.participants import UNTOLD
from keyhouse.compliance.accesses import lines_of
from keyhouse.compliance.narrowing import Line, Narrowed, Page

_AT_ONCE = 500
SAW, POSSIBLY = "yes", "possibly"
_Entry = tuple[int, str, str]


def who_saw(
    written_as: Sequence[str], narrowed: Narrowed, most: int, after: str = "", has_possible: bool = True
) -> Page:
    """Return who was served rows of a participant, which may stand in the log in several ways.

    Statements, aggregates and distinct values cannot tell whose data they read: those accesses are told as possible.
    `after` is what the page before ended with.
    """
    found = list(islice(_accesses(written_as, narrowed, _number(after), has_possible), most + 1))
    page = tuple(found[:most])
    return Page(page, str(page[-1]["event"]) if len(found) > most else "")


def all_who_saw(written_as: Sequence[str], narrowed: Narrowed, has_possible: bool = True) -> Iterator[Line]:
    """Return the same without an end, for an export."""
    return _accesses(written_as, narrowed, None, has_possible)


def _accesses(written_as: Sequence[str], narrowed: Narrowed, before: int | None, has_possible: bool) -> Iterator[Line]:
    wanted = [*written_as, *([UNTOLD] if has_possible else [])]
    merged = heapq.merge(*(_entries(each, before) for each in wanted), key=itemgetter(0), reverse=True)
    events = groupby(merged, key=itemgetter(0))
    while some := [(sequence, list(entries)) for sequence, entries in islice(events, _AT_ONCE)]:
        yield from _lines(dict(some), narrowed)


def _entries(participant: str, before: int | None) -> Iterator[_Entry]:
    """Read the index of one participant backwards, some at a time: most readers stop after the first page."""
    entries = AuditParticipant.objects.filter(participant=participant).order_by("-sequence")
    while True:
        within = entries if before is None else entries.filter(sequence__lt=before)
        some = list(within.values_list("sequence", "participant", "place")[:_AT_ONCE])
        if len(some) == _AT_ONCE:
            # An event can have several entries, and the last one's may be cut in two.
            some = [each for each in some if each[0] != some[-1][0]]
        if not some:
            return
        yield from some
        before = some[-1][0]


def _lines(entries: dict[int, list[_Entry]], narrowed: Narrowed) -> Iterator[Line]:
    events = AuditEvent.objects.filter(narrowed.condition, sequence__in=list(entries)).order_by("-sequence")
    for line in lines_of(list(events)):
        told = [each for each in entries[line["event"]] if each[1] != UNTOLD]
        places = sorted({place for _sequence, _participant, place in told or entries[line["event"]]})
        yield {**line, "saw": SAW if told else POSSIBLY, "tables": tuple(places)}


def _number(after: str) -> int | None:
    return int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None
