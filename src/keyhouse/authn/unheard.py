"""How many refusals were cut short, by address, until somebody writes it down."""

import threading
from collections import Counter

_ADDRESSES = 1000
ELSEWHERE = "many addresses"


class Unheard:
    """Counts; each worker process for itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refusals: Counter[str] = Counter()

    def count(self, address: str) -> None:
        """Count one refusal; beyond a thousand addresses they count together."""
        with self._lock:
            is_known = address in self._refusals or len(self._refusals) < _ADDRESSES
            self._refusals[address if is_known else ELSEWHERE] += 1

    def take(self) -> dict[str, int]:
        """Return the numbers by address and begin again from nought."""
        with self._lock:
            taken, self._refusals = self._refusals, Counter()
        return dict(taken)
