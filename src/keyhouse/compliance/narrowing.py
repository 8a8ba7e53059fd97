"""What a compliance report is narrowed to, and how its pages are cut."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from keyhouse.accounts.models import User
from keyhouse.audit.models import AuditEvent

Line = Mapping[str, Any]
"""One line of a report; its members are named as the columns of the report's table and of its exports."""


@dataclass(frozen=True)
class Narrowed:
    """Events from `since` on and before `until`, of one person, in a folder and those below it."""

    since: datetime | None = None
    until: datetime | None = None
    person: str = ""
    folder: str = ""

    @property
    def condition(self) -> Q:
        """What events must meet."""
        met = Q()
        if self.since is not None:
            met &= Q(at__gte=self.since)
        if self.until is not None:
            met &= Q(at__lt=self.until)
        if self.person:
            # The log has the address of its time; who has another one by now is the same person.
            ids = ids_of(self.person)
            met &= Q(user__iexact=self.person) | Q(user_id__in=ids) | Q(impersonator_id__in=ids)
        if folder := self.folder.rstrip("/"):
            met &= Q(folder__iexact=folder) | Q(folder__istartswith=f"{folder}/")
        return met


@dataclass(frozen=True)
class Page:
    """Some lines of a report; `after` is where the next page begins, and empty after the last."""

    lines: tuple[Line, ...]
    after: str = ""


def ids_of(person: str) -> list[int]:
    """Return the ids of whoever has, or had, this e-mail address; a number is an id itself."""
    person = person.strip()
    if person.isascii() and person.isdecimal() and len(person) < 10:
        return [int(person)]
    found = list(User.objects.filter(email__iexact=person).values_list("id", flat=True))
    if found:
        return found
    # Somebody who was deleted is known from the log alone.
    return list(AuditEvent.objects.filter(user__iexact=person, user_id__gt=0).values_list("user_id", flat=True)[:1])


def names_of(ids: set[int]) -> dict[int, str]:
    """Return the e-mail addresses of people; who was deleted has a number alone."""
    known = dict(User.objects.filter(id__in=ids).values_list("id", "email"))
    return {each: known.get(each, f"user {each}") for each in ids}
