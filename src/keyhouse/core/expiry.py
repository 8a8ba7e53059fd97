"""When a key expires: the administrator sets the maximum, its owner may choose less (keys.md, section 4)."""

from datetime import datetime, timedelta

NEVER = -1
_LONGEST = 100 * 365 * 86_400
DAY = 86_400

CHOICES: dict[int, str] = {
    NEVER: "Never",
    7 * DAY: "7 days (1 week)",
    30 * DAY: "30 days (1 month)",
    90 * DAY: "90 days (3 months)",
    180 * DAY: "180 days (6 months)",
    365 * DAY: "365 days (1 year)",
}
"""What the site setting offers: seconds to live, and the words of the page."""


def choices_within(maximum_seconds: int) -> dict[int, str]:
    """Return the choices that an owner has under this maximum, the longest last."""
    if maximum_seconds == NEVER:
        finite = {seconds: words for seconds, words in CHOICES.items() if seconds != NEVER}
        return {**finite, NEVER: CHOICES[NEVER]}
    shorter = {seconds: words for seconds, words in CHOICES.items() if 0 < seconds < maximum_seconds}
    return {**shorter, maximum_seconds: CHOICES.get(maximum_seconds, in_words(maximum_seconds))}


def expires_at(now: datetime, maximum_seconds: int, chosen_seconds: int | None = None) -> datetime | None:
    """Return the moment a key issued now expires, or None for never; never later than the maximum allows.

    Raises ValueError for a lifetime that is neither positive nor `NEVER`.
    """
    lifetimes = [seconds for seconds in (maximum_seconds, chosen_seconds) if seconds is not None and seconds != NEVER]
    if any(seconds < 1 for seconds in lifetimes):
        raise ValueError("A key lives at least one second, or for ever (-1).")
    return now + timedelta(seconds=min(*lifetimes, _LONGEST)) if lifetimes else None


def is_expired(moment: datetime | None, now: datetime) -> bool:
    """Tell whether this moment has come; the moment itself is already too late."""
    return moment is not None and moment <= now


def in_words(seconds: int) -> str:
    """Say a lifetime as a person would: ``7 days``, ``12 hours``, ``10 seconds``."""
    if seconds == NEVER:
        return CHOICES[NEVER]
    for size, unit in ((DAY, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}{'s' if seconds != size else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"


def roughly(seconds: int) -> str:
    """Say how long this is to the minute, as lists and programs tell it: ``25 min``, ``11 h 20 min``, ``40 s``."""
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod((seconds + 30) // 60, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes))
