"""Dates as the clients write them (client-api.md §16). A moment with a zone is turned into UTC, one without is UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

_CLOCK = r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?(?::\d\d)?)?"
_FORMS = [
    re.compile(form + _CLOCK + _ZONE, re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
        r"(?P<day>\d{1,2}) +(?P<word>[a-z]{3})[a-z]* +(?P<year>\d{4})",
    )
]
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_RELATIVE = re.compile(r"([+-]?)(\d{1,7})d", re.ASCII | re.IGNORECASE)


def moment(text: str, today: date | None) -> datetime | None:
    """Read an ISO, a US, a Java or a relative (`-5d`) date; a plain day is its midnight. None if it is none of them."""
    text = text.strip()
    try:
        return _relative(text, today) or written_moment(text)
    except (ValueError, OverflowError):
        return None


def day_of(text: str, today: date | None) -> datetime | None:
    """Read a date as `moment` does and drop the time."""
    value = moment(text, today)
    return value and datetime.combine(value.date(), time())


def in_utc(value: datetime) -> datetime:
    """Turn a moment with a zone into UTC and drop the zone, so that all moments compare."""
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def written_moment(text: str) -> datetime:
    """Read an absolute date in one of the written forms. Raise ValueError."""
    for form in _FORMS:
        if found := form.fullmatch(text):
            return _assemble(found)
    raise ValueError("not a date")


def _relative(text: str, today: date | None) -> datetime | None:
    found = _RELATIVE.fullmatch(text)
    if found is None or today is None:
        return None
    days = int(found[2]) * (-1 if found[1] == "-" else 1)
    return datetime.combine(today, time()) + timedelta(days=days)


def _assemble(found: re.Match[str]) -> datetime:
    part = found.groupdict()
    month = _MONTHS.index(part["word"].lower()) + 1 if part.get("word") else int(part["month"])
    fraction = int((part["fraction"] or "0").ljust(6, "0")[:6])
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    value = datetime(int(part["year"]), month, int(part["day"]), hour, minute, second, fraction)  # noqa: DTZ001
    return value - _offset(part["zone"])


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone[0] not in "+-":
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(6, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:6]))
    if offset >= timedelta(days=1):
        raise ValueError("no such time zone")
    return -offset if zone[0] == "-" else offset
