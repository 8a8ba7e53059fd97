"""Refusals that cost a row of the log each: written down until their address has too many, and from then on counted.

Answers of providers come through the browsers of guests, so anybody can send bad ones as fast as the line allows.
"""

from collections.abc import Callable
from datetime import datetime

from keyhouse.audit import Event, Kind, Outcome
from keyhouse.audit.recorder import Recorder
from keyhouse.authn.throttle import Throttle, source_of
from keyhouse.authn.unheard import Unheard
from keyhouse.core.caller import Caller
from keyhouse.core.decision import Via
from keyhouse.core.reasons import Reason


class Refusals:
    """Says of each refusal whether it is written down; `what` names such requests in the log."""

    def __init__(self, what: str, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._what = what
        self._recorder = recorder
        self._clock = clock
        self._throttle = Throttle()
        self._unheard = Unheard()

    def wait(self, address: str) -> int | None:
        """Count one refusal; None where it is to be written down, else the seconds after which to come again.

        Only who is refused is counted: whoever shares an address with a flood still signs in.
        """
        source, now = source_of(address), self._clock()
        seconds = self._throttle.retry_after(source, now)
        if self._throttle.count_failure(source, now):
            self._record(address, f"Too many {self._what} from {address}: more of them are only counted.")
        if seconds is not None:
            self._unheard.count(address)
        return seconds

    def record_unheard(self) -> None:
        """Write down how many were not written down one by one since the last time."""
        for address, refusals in self._unheard.take().items():
            self._record(address, f"{refusals} more {self._what} from {address}.", refusals)

    def _record(self, address: str, comment: str, refusals: int | None = None) -> None:
        caller = Caller(via=Via("nothing that was heard"), address=address)
        details = {"refusals": refusals} if refusals is not None else {}
        event = Event(Kind.THROTTLED, caller, comment, Outcome.REFUSED, Reason.THROTTLED.value, details=details)
        self._recorder.record(event)
