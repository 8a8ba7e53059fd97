"""When, from where and by what a key was last used: right within seconds, without a write per request."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from keyhouse.keys.models import ApiKey, SessionKey

log = logging.getLogger("keyhouse.authn.last_used")
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
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, key_id: str, at: datetime, address: str, user_agent: str) -> None:
        """Remember that this key was used; the newest use of a key wins."""
        with self._lock:
            self._uses[key_id] = _Use(at, address[:64], user_agent.replace("\0", "")[:512])

    def flush(self) -> None:
        """Write what was noted. A use never moves a key's last use backwards, whichever worker writes last."""
        with self._lock:
            uses, self._uses = self._uses, {}
        if not uses:
            return
        with transaction.atomic():
            for key_id, use in sorted(uses.items()):
                earlier = Q(last_used_at__isnull=True) | Q(last_used_at__lt=use.at)
                ApiKey.objects.filter(earlier, key_id=key_id).update(
                    last_used_at=use.at, last_used_address=use.address, last_used_agent=use.user_agent
                )
                SessionKey.objects.filter(earlier, key_id=key_id).update(last_used_at=use.at)

    def start(self) -> None:
        """Begin to write in the background."""
        self._thread = threading.Thread(target=self._run, name="last-used", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end the background thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        is_last_round = False
        while not is_last_round:
            is_last_round = self._stopped.wait(FLUSH_SECONDS)
            try:
                self.flush()
            except DatabaseError:
                log.warning("The last use of keys could not be written; trying again with the next ones.")
                connection.close()
        connection.close()
