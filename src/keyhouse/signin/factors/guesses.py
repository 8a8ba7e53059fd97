"""How often a code may be guessed: each guess takes a place, and a place is a row, so that all workers count as one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from keyhouse.core.digests import digest
from keyhouse.signin.models import Spent
from keyhouse.signin.spent import spend

_OURS = 0
"""No configuration has this number."""


@dataclass(frozen=True)
class Limit:
    """So many guesses of one thing in so much time."""

    guesses: int
    within: timedelta

    def bucket(self, now: datetime) -> int:
        """Return the number of the span of time in which a moment lies."""
        return int(now.timestamp()) // int(self.within.total_seconds())

    def ends_at(self, now: datetime) -> datetime:
        """Return when that span of time is over."""
        seconds = int(self.within.total_seconds())
        return datetime.fromtimestamp((self.bucket(now) + 1) * seconds, tz=now.tzinfo)


OF_ONE_SIGN_IN = Limit(5, timedelta(days=1))
"""A sign-in that waits lives for minutes; its name is its own, so the time does not matter."""
OF_AN_ACCOUNT = (Limit(10, timedelta(minutes=5)), Limit(60, timedelta(days=1)))
"""For each kind of code: three of a million are right at any moment, so a year of guessing finds one in 15 times.

Each kind has places of its own, so that who guesses at one does not keep its owner from the other ways.
"""


def take(name: str, limits: tuple[Limit, ...], now: datetime) -> list[str] | None:
    """Take a place within each limit; None where one has none left. Who guessed right gives the places back."""
    taken: list[str] = []
    for limit in limits:
        place = _free_place(f"{name}:{limit.guesses}:{limit.bucket(now)}", limit, now)
        if place is None:
            give_back(taken)
            return None
        taken.append(place)
    return taken


def give_back(places: list[str]) -> None:
    """Give places back: what was guessed was right."""
    Spent.objects.filter(configuration_id=_OURS, digest__in=[digest(place) for place in places]).delete()


def _free_place(name: str, limit: Limit, now: datetime) -> str | None:
    places = [f"guess:{name}:{number}" for number in range(limit.guesses)]
    gone = set(
        Spent.objects.filter(configuration_id=_OURS, digest__in=[digest(place) for place in places]).values_list(
            "digest", flat=True
        )
    )
    free = (place for place in places if digest(place) not in gone)
    # Two who want the same place at once: the database gives it to one, the other takes the next.
    return next((place for place in free if spend(_OURS, place, limit.ends_at(now))), None)
