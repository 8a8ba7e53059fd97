"""What a filter may have to know of people: who asks (`~me~`), and who belongs to a group (`memberof`)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

ME = "~me~"


def _nobody(_group_id: int) -> Collection[int]:
    return ()


@dataclass(frozen=True, slots=True)
class People:
    """Who asks, by id and by name, and how the ids of a group's members are found out."""

    my_id: int = 0
    my_name: str = ""
    members_of: Callable[[int], Collection[int]] = _nobody
