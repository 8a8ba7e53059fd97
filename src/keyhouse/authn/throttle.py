"""Throttle failures by source address or key id: a bucket that each failure fills and time empties.

Success costs nothing, so that a busy script is never slowed. There is no bucket for "all keys", which one attacker
could fill for everybody, and no worker sleeps. Each worker process counts for itself.
"""

import threading
from collections import OrderedDict
from datetime import datetime
from ipaddress import IPv6Address, ip_address

CAPACITY = 60
SECONDS_A_FAILURE = 1.0
_REMEMBERED = 50_000
_IPV6_NETWORK_BITS = 64


class Throttle:
    """Counts failures of each source: 60 at once, then one a second."""

    def __init__(self, capacity: int = CAPACITY, seconds_a_failure: float = SECONDS_A_FAILURE) -> None:
        self._capacity = capacity
        self._seconds = seconds_a_failure
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def retry_after(self, source: str, now: datetime) -> int | None:
        """Return the seconds to wait if this source has failed too often, or None."""
        with self._lock:
            level = self._level(source, now)
        return int((level - self._capacity + 1) * self._seconds) + 1 if level >= self._capacity else None

    def count_failure(self, source: str, now: datetime) -> bool:
        """Count one failure; return True when it is the one that fills the bucket."""
        with self._lock:
            before = self._level(source, now)
            level = min(before + 1, self._capacity + 1)
            self._levels[source] = (level, now)
            self._levels.move_to_end(source)
            # An attacker with many addresses must not fill our memory.
            while len(self._levels) > _REMEMBERED:
                self._levels.popitem(last=False)
        return before < self._capacity <= level

    def _level(self, source: str, now: datetime) -> float:
        level, at = self._levels.get(source, (0.0, now))
        return max(0.0, level - max(0.0, (now - at).total_seconds()) / self._seconds)


def source_of(address: str) -> str:
    """Return what an address counts as: itself, or in IPv6 its network, in which one customer has 2^64 addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - _IPV6_NETWORK_BITS):x}/{_IPV6_NETWORK_BITS}"
