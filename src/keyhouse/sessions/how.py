"""How the person of a browser session signed in: kept in its columns, read back as one value."""

from datetime import datetime
from typing import Any

from django.db import transaction

from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.core.decision import PASSWORD
from keyhouse.sessions.models import BrowserSession

IN_SESSION = "_keyhouse_how"
"""Under this name the engine finds it in the data of a session that begins."""


def how_of(row: BrowserSession) -> HowSignedIn | None:
    """Return how the person of this session signed in, where that was recorded."""
    if row.provider is None or row.signed_in_at is None:
        return None
    methods = tuple((row.methods or "").split())
    assurance = Assurance(row.assurance or 0)
    proved_at = row.proved_at or row.signed_in_at
    return HowSignedIn(row.provider, row.configuration_id, methods, assurance, row.signed_in_at, proved_at)


def how_in(public_id: str) -> HowSignedIn | None:
    """Return how the person of the session with this public id signed in."""
    row = BrowserSession.objects.filter(public_id=public_id).first()
    return how_of(row) if row else None


def prove_again(
    public_id: str, now: datetime, methods: tuple[str, ...] = (), assurance: Assurance = Assurance.UNKNOWN
) -> HowSignedIn | None:
    """Note that the person of a session proved to be there; the methods may raise its level, and never lower it.

    Return how the session stands now, or None where it is over.
    """
    with transaction.atomic():
        # Of two proofs at once the later must not write over what the earlier raised.
        row = BrowserSession.objects.select_for_update().filter(public_id=public_id).first()
        return _proved_again(row, now, methods, assurance) if row is not None else None


def _proved_again(
    row: BrowserSession, now: datetime, methods: tuple[str, ...], assurance: Assurance
) -> HowSignedIn | None:
    known = (row.methods or "").split()
    # A session that is older than the record of how sessions begin is known by what was proved in it since.
    row.provider = row.provider or PASSWORD
    row.methods = " ".join([*known, *(each for each in methods if each not in known)])[:100]
    row.assurance = max(row.assurance or 0, assurance)
    row.proved_at = now
    proved = {name: getattr(row, name) for name in ("provider", "methods", "assurance", "proved_at")}
    return how_of(row) if BrowserSession.objects.filter(pk=row.pk).update(**proved) else None


def columns_of(how: HowSignedIn) -> dict[str, Any]:
    """Return what the session's row says of a sign-in; in JSON it can wait in the session's data."""
    return {
        "provider": how.provider[:100],
        "configuration_id": how.configuration,
        "methods": " ".join(how.methods)[:100],
        "assurance": how.assurance.value,
    }
