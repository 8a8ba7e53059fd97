"""What a provider posted across sites, kept until the browser comes back for it with its cookie.

The session's cookie is not sent along with a post from another site, so that whoever posts cannot be told from whoever
began the journey. What was verified waits here for a moment, under a handle that works once.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from keyhouse.core.digests import digest
from keyhouse.signin.method import Provider
from keyhouse.signin.models import HandedOver
from keyhouse.signin.providers import Providers

_LIFE = timedelta(minutes=2)


def keep(providers: Providers, provider: Provider, payload: Mapping[str, Any], now: datetime) -> str:
    """Keep something, sealed, and return its handle; of the handle only the digest is kept."""
    handle = secrets.token_urlsafe(32)
    HandedOver.objects.create(
        digest=digest(handle),
        configuration_id=provider.id,
        payload=providers.seal(payload),
        expires_at=now + _LIFE,
    )
    return handle


def look(providers: Providers, provider: Provider, handle: str, now: datetime) -> dict[str, Any] | None:
    """Return what waits under a handle, and leave it there."""
    row = _waiting(provider, handle, now).first()
    return providers.unseal(row.payload) if row is not None else None


def take(providers: Providers, provider: Provider, handle: str, now: datetime) -> dict[str, Any] | None:
    """Return what waits under a handle, once: of two who ask at the same time, one gets it."""
    row = _waiting(provider, handle, now).first()
    if row is None or not HandedOver.objects.filter(pk=row.pk).delete()[0]:
        return None
    return providers.unseal(row.payload)


def _waiting(provider: Provider, handle: str, now: datetime) -> Any:
    return HandedOver.objects.filter(digest=digest(handle), configuration_id=provider.id, expires_at__gt=now)
