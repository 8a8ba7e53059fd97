"""Bar charts as plain SVG, without a script: the numbers stand in a table beside, for whoever cannot see them."""

from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT, _FOOT, _LEFT = 460, 170, 24, 44
_LINE, _LABELS, _END = 30, 190, 60


@dataclass(frozen=True)
class Bar:
    """One bar, placed in the chart; `hint` is what a pointer on it tells."""

    hint: str
    x: float
    y: float
    width: float
    height: float
    label: str = ""
    number: str = ""
    text_y: float = 0
    number_x: float = 0


@dataclass(frozen=True)
class Chart:
    """One chart and the numbers that it shows. `lines` are heights of the grid, with their numbers."""

    name: str
    title: str
    words: str
    width: int
    height: int
    bars: Sequence[Bar]
    rows: Sequence[tuple[str, int]]
    heading: str
    lines: Sequence[tuple[float, str]] = ()
    first: str = ""
    last: str = ""
    tone: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to show."""
        return not any(count for _name, count in self.rows)


def columns(name: str, title: str, counted: Sequence[tuple[str, int]], tone: str = "") -> Chart:
    """Draw a column for each day."""
    top = _round_up(max((count for _day, count in counted), default=0))
    step = (_WIDTH - _LEFT) / max(len(counted), 1)
    room = _HEIGHT - _FOOT - 8
    bars = [
        Bar(
            f"{day}: {count:,}",
            round(_LEFT + place * step + step * 0.12, 2),
            round(8 + room - room * count / top, 2),
            round(step * 0.76, 2),
            round(room * count / top, 2),
        )
        for place, (day, count) in enumerate(counted)
    ]
    lines = [(8 + room - room * part / 2, f"{top * part // 2:,}") for part in (0, 1, 2) if top * part % 2 == 0]
    total = sum(count for _day, count in counted)
    ends = (counted[0][0], counted[-1][0]) if counted else ("", "")
    words = f"{total:,} from {ends[0]} to {ends[1]}."
    return Chart(name, title, words, _WIDTH, _HEIGHT, bars, counted, "Day", lines, *ends, tone=tone)


def bars(name: str, title: str, heading: str, counted: Sequence[tuple[str, int]], tone: str = "") -> Chart:
    """Draw a bar to the right for each name."""
    top = max((count for _name, count in counted), default=0) or 1
    room = 460 - _LABELS - _END
    drawn = [
        Bar(
            hint=f"{label}: {count:,}",
            x=_LABELS,
            y=place * _LINE + 6,
            width=round(room * count / top, 2),
            height=_LINE - 12,
            label=label if len(label) <= 26 else label[:25] + "…",
            number=f"{count:,}",
            text_y=place * _LINE + _LINE / 2 + 4,
            number_x=round(_LABELS + room * count / top + 6, 2),
        )
        for place, (label, count) in enumerate(counted)
    ]
    words = f"{sum(count for _name, count in counted):,} in all."
    return Chart(name, title, words, 460, max(len(drawn), 1) * _LINE, drawn, counted, heading, tone=tone)


def _round_up(number: int) -> int:
    """Return a round number that is not smaller: 1, 2, 5, 10, 20 and so on, and even so that it can be halved."""
    for exponent in range(12):
        for digit in (2, 4, 10):
            if number <= digit * 10**exponent:
                return int(digit * 10**exponent)
    return number
