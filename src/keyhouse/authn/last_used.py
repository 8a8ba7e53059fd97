"""When, from where and by what a key was last used: right within seconds, without a write per request."""

import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Q

from keyhouse.keys.models import ApiKey, SessionKey

FLUSH_SECONDS = 5.0


@dataclass(frozen=True)
class _Use:
    at: datetime
    address: str
    user_agent: str


class LastUsed:
    """Collects uses in memory and writes them every few seconds, in one transaction."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uses: dict[str, _Use] = {}

    def note(self, key_id: str, at: datetime, address: str, user_agent: str) -> None:
        """Remember that this key was used; the newest use of a key wins."""
        with self._lock:
            self._uses[key_id] = _Use(at, address[:64], user_agent.replace("\0", "")[:512])

    def flush(self) -> None:
        """Write what was noted; where that fails, it is kept for the next time.

        A use never moves a key's last use backwards, whichever worker writes last.
        """
        with self._lock:
            uses, self._uses = self._uses, {}
        if not uses:
            return
        try:
            with transaction.atomic():
                # In one order, so that two workers never wait for each other's rows.
                for key_id, use in sorted(uses.items()):
                    _write(key_id, use)
        except DatabaseError:
            with self._lock:
                self._uses = {**uses, **self._uses}
            raise


def _write(key_id: str, use: _Use) -> None:
    earlier = Q(last_used_at__isnull=True) | Q(last_used_at__lt=use.at)
    for kind in (ApiKey, SessionKey):
        kind.objects.filter(earlier, key_id=key_id).update(
            last_used_at=use.at, last_used_address=use.address, last_used_agent=use.user_agent
        )
