"""The real clock and the real entropy; nothing else in Keyhouse calls them."""

import secrets
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def entropy(size: int) -> bytes:
    """Return that many unpredictable bytes from the operating system."""
    return secrets.token_bytes(size)
