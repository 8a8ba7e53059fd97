"""Values as people read them: the formats of Java, as columns have them (client-api.md, section 10)."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from keyhouse.data import Column, Kind

DAY, MOMENT = "yyyy-MM-dd", "yyyy-MM-dd HH:mm"
_AROUND = "(?:'[^']*'|[^#0,.;'])*"
_NUMBER = re.compile(rf"(?P<before>{_AROUND})(?P<whole>[#0,]*)(?:\.(?P<point>[#0]*))?(?P<after>{_AROUND})(;.*)?")
_TOKEN = re.compile(r"'([^']*)'|([A-Za-z])\2*|.")
_DATE: dict[str, str] = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "a": "%p",
    "EEE": "%a",
    "EEEE": "%A",
}
Format = Callable[[Any], str | None]


def format_of(column: Column) -> Format | None:
    """Return what writes a value of this column for people; None where that is the value itself."""
    if column.kind is Kind.DATE:
        return _dated(column.format or (MOMENT if column.has_time else DAY))
    if column.format and column.kind in {Kind.INT, Kind.FLOAT}:
        return _numbered(column.format)
    return None


def _dated(pattern: str) -> Format:
    form = "".join(_dated_part(found[0], found[1]) for found in _TOKEN.finditer(pattern))
    return lambda value: value.strftime(form) if isinstance(value, date | datetime) else None


def _dated_part(text: str, quoted: str | None) -> str:
    if quoted is not None:
        return (quoted or "'").replace("%", "%%")
    return _DATE.get(text, text.replace("%", "%%"))


def _numbered(pattern: str) -> Format | None:
    found = _NUMBER.fullmatch(pattern)
    if found is None:
        return None
    point = found["point"] or ""
    least_whole, least_point = found["whole"].count("0"), point.count("0")
    grouping = "," if "," in found["whole"] else ""
    before, after = (found[part].replace("'", "") for part in ("before", "after"))
    factor = 100 if "%" in before + after else 1

    def write(value: Any) -> str | None:
        try:
            number = Decimal(str(value)) * factor
            rounded = number.quantize(Decimal(1).scaleb(-len(point)), ROUND_HALF_EVEN)
        except (InvalidOperation, ValueError):
            return None
        if not rounded.is_finite():
            return None
        whole, _, rest = f"{abs(rounded):f}".partition(".")
        rest = rest.rstrip("0").ljust(least_point, "0")
        whole = (f"{int(whole):{grouping}}" if grouping else whole).rjust(least_whole, "0")
        sign = "-" if rounded < 0 else ""
        return f"{sign}{before}{whole}{'.' + rest if rest else ''}{after}"

    return write
