"""Whose data a person saw: the participants that the index has of the person, in the order of their ids."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from keyhouse.audit.participants import UNTOLD
from keyhouse.authz.stored import stored_moment
from keyhouse.compliance.narrowing import Line, Narrowed, Page, ids_of

_AT_ONCE = 500
_FOUND = """
SELECT entry.participant, count(*), min(event.at), max(event.at), max(entry.sequence)
FROM keyhouse_audit_participant entry JOIN keyhouse_audit_event event ON event.sequence = entry.sequence
WHERE entry.person_id IN ({people}) AND entry.participant > %s{more}
GROUP BY entry.participant ORDER BY entry.participant LIMIT %s
"""
_PLACES = """
SELECT entry.participant, entry.place, count(*), max(event.at)
FROM keyhouse_audit_participant entry JOIN keyhouse_audit_event event ON event.sequence = entry.sequence
WHERE entry.person_id IN ({people}) AND entry.participant IN ({participants}){more}
GROUP BY entry.participant, entry.place ORDER BY entry.participant, entry.place
"""


def seen_by(narrowed: Narrowed, most: int, after: str = "") -> Page:
    """Return the participants whose rows were served to a person, the impersonations of the person included."""
    people = ids_of(narrowed.person)
    rows = _rows(people, narrowed, after, most + 1)
    page = rows[:most]
    places = _places(people, [row[0] for row in page], narrowed)
    lines = tuple(
        {
            "participant": participant,
            "accesses": count,
            "first": stored_moment(first),
            "last": stored_moment(last),
            "last_event": sequence,
            "tables": tuple(place for whose, place, _count, _last in places if whose == participant),
        }
        for participant, count, first, last, sequence in page
    )
    return Page(lines, page[-1][0] if len(rows) > most else "")


def all_seen_by(narrowed: Narrowed) -> Iterator[Line]:
    """Return the same without an end, for an export."""
    after = ""
    while True:
        page = seen_by(narrowed, _AT_ONCE, after)
        yield from page.lines
        if not (after := page.after):
            return


def possibly_seen_by(narrowed: Narrowed) -> list[Line]:
    """Return the tables that a person read in ways that do not tell whose data it was, and how often."""
    rows = _places(ids_of(narrowed.person), [UNTOLD], narrowed)
    return [{"table": place, "accesses": count, "last": stored_moment(last)} for _, place, count, last in rows]


def _rows(people: Sequence[int], narrowed: Narrowed, after: str, most: int) -> list[Any]:
    if not people:
        return []
    more, values = _more(narrowed)
    statement = _FOUND.format(people=_marks(people), more=more)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*people, after, *values, most])
        return list(cursor.fetchall())


def _places(people: Sequence[int], participants: Sequence[str], narrowed: Narrowed) -> list[Any]:
    if not people or not participants:
        return []
    more, values = _more(narrowed)
    statement = _PLACES.format(people=_marks(people), participants=_marks(participants), more=more)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*people, *participants, *values])
        return list(cursor.fetchall())


def _more(narrowed: Narrowed) -> tuple[str, list[Any]]:
    """Return further conditions and their values; folders are compared as they are written, without regard to case."""
    parts: list[tuple[str, list[Any]]] = []
    adapt = connection.ops.adapt_datetimefield_value
    if narrowed.since is not None:
        parts.append((" AND event.at >= %s", [adapt(narrowed.since)]))
    if narrowed.until is not None:
        parts.append((" AND event.at < %s", [adapt(narrowed.until)]))
    if folder := narrowed.folder.rstrip("/").lower():
        below = f"{folder}/"
        parts.append(
            (
                " AND (lower(event.folder) = %s OR substr(lower(event.folder), 1, %s) = %s)",
                [folder, len(below), below],
            )
        )
    return "".join(text for text, _values in parts), [value for _text, values in parts for value in values]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))
