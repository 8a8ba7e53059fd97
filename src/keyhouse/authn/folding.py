"""Fold repeated identical use of one key from one address into one event for ten minutes (keys.md, section 7)."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
_REMEMBERED = 50_000


class Folding:
    """Remembers which uses have an event already; each worker process for itself."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window
        self._lock = threading.Lock()
        self._recorded: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def is_new(self, use: tuple[str, str], now: datetime) -> bool:
        """Tell whether this use needs an event; the answer True counts as having recorded it."""
        with self._lock:
            recorded = self._recorded.get(use)
            if recorded is not None and now - recorded < self._window:
                return False
            self._recorded[use] = now
            self._recorded.move_to_end(use)
            while len(self._recorded) > _REMEMBERED:
                self._recorded.popitem(last=False)
        return True
