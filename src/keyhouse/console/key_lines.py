"""API keys as lists show them; never a digest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyhouse.console.sign_in_words import of_key
from keyhouse.console.suspended import Suspensions, suspensions
from keyhouse.core.expiry import is_expired
from keyhouse.keys.models import ApiKey
from keyhouse.web.call import Call

SOON = timedelta(days=7)


@dataclass(frozen=True)
class KeyLine:
    """One key in a list."""

    row_id: int
    key_id: str
    owner: str
    owner_is_inactive: bool
    created_at: datetime
    expires_at: datetime | None
    is_expired: bool
    expires_soon: bool
    last_used_at: datetime | None
    last_used_from: str
    how: str
    description: str
    suspended: Suspensions | None = None


@dataclass(frozen=True)
class KeyColumn:
    """The head of one column of a list of keys."""

    title: str
    sorted: str = ""
    sort_url: str = ""


def line_of(key: ApiKey, now: datetime, suspended: Suspensions | None = None) -> KeyLine:
    """Return a key as lists show it."""
    expired = is_expired(key.expires_at, now)
    return KeyLine(
        row_id=key.pk,
        key_id=key.key_id,
        owner=key.owner.email if key.owner else "a deleted user",
        owner_is_inactive=key.owner is not None and not key.owner.is_active,
        created_at=key.created_at,
        expires_at=key.expires_at,
        is_expired=expired,
        expires_soon=not expired and is_expired(key.expires_at, now + SOON),
        last_used_at=key.last_used_at,
        last_used_from=key.last_used_address,
        how=of_key(key),
        description=key.description,
        suspended=suspended,
    )


def own_lines(call: Call, keys: Sequence[ApiKey]) -> list[KeyLine]:
    """Return the keys of the caller as their list shows them, with where each is suspended."""
    suspended = suspensions(call, keys)
    return [line_of(key, call.site.clock(), suspended.get(key.pk)) for key in keys]


def row_ids(texts: Iterable[object]) -> list[int]:
    """Read the row numbers of selected keys; what is none (or is larger than any database's) is left out."""
    return [int(text) for text in map(str, texts) if text.isdecimal() and len(text) <= 18]


def in_words(keys: Sequence[ApiKey], most: int = 20) -> list[str]:
    """Name keys for a question: the first few of them, and how many more there are."""
    named = [f"{key.key_id} {key.description}".strip() for key in keys[:most]]
    return [*named, f"and {len(keys) - most:,} more"] if len(keys) > most else named


QUESTION = (
    "Programs that use a deleted key are refused from their next request on. "
    "Deletion cannot be undone. Do you want to proceed?"
)


def title(count: int) -> str:
    """Name what is about to happen to this many keys."""
    return f"Delete {count:,} API Key{'s' if count != 1 else ''}"
