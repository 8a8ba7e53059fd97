"""A form that was sent too late: kept in the browser's session while its person proves to be there, then shown again.

It is never sent by itself: whoever used the browser before may have filled it in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from keyhouse.sessions.waiting import still_waits
from keyhouse.web.csrf import NAME as TOKEN

_IN_SESSION = "_keyhouse_kept_form"
_LIFE = timedelta(minutes=10)
_MOST_CHARACTERS = 50_000
_SECRET = ("password", "secret", "token", "private", "apikey", "code")
"""A form with such a field is not kept: its secret would stand in the database."""


@dataclass(frozen=True)
class KeptForm:
    """What was sent, and where to."""

    url: str
    fields: tuple[tuple[str, str], ...]


def keep(request: HttpRequest, now: datetime) -> None:
    """Keep what a form sent, where it may be kept; one that was kept before is forgotten."""
    request.session.pop(_IN_SESSION, None)
    if request.method != "POST" or request.FILES:
        return
    fields = [(name, str(value)) for name, values in request.POST.lists() for value in values if name != TOKEN]
    has_secret = any(part in name.lower() for name, _ in fields for part in _SECRET)
    if not fields or has_secret or sum(len(name) + len(value) for name, value in fields) > _MOST_CHARACTERS:
        return
    request.session[_IN_SESSION] = {"url": request.get_full_path(), "fields": fields, "at": now.isoformat()}


def find(request: HttpRequest, now: datetime) -> KeptForm | None:
    """Return the form that waits in this browser."""
    kept: dict[str, Any] | None = request.session.get(_IN_SESSION)
    if kept is None or not still_waits(datetime.fromisoformat(kept["at"]), now, _LIFE):
        return None
    return KeptForm(kept["url"], tuple((name, value) for name, value in kept["fields"]))


def forget(request: HttpRequest) -> None:
    """Forget the form that waits."""
    request.session.pop(_IN_SESSION, None)
