"""Device logins (RFC 8628): a program asks, a person approves on a page, the program collects a key, once.

    pending ── approve ──> approved ── collect ──> collected
       └────── deny, give up ──> denied

Who may approve is for `permission.why_not` to say. What held at the approval is asked again at the collection: the site
still issues keys, the account is active, and nothing since has ended its sessions.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from django.db import IntegrityError, transaction

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind, Outcome
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.decision import Via
from keyhouse.core.digests import digest
from keyhouse.core.principal import Principal
from keyhouse.core.tokens import Entropy, redacted
from keyhouse.keys.device_codes import UserCodeDigest, mint_device_code, mint_user_code, read_user_code
from keyhouse.keys.device_values import Asked, Started, TooMany, Withheld, details_of, one_line, words
from keyhouse.keys.issue import ApiKeys, Issued, shortened
from keyhouse.keys.models import DeviceAuthorization
from keyhouse.sessions.how import how_in
from keyhouse.siteconfig import SiteSettings

LIFE = timedelta(minutes=10)
INTERVAL_SECONDS = 5
SLOW_DOWN_SECONDS = 5
_JITTER = timedelta(seconds=1)
"""A program that waits exactly as long as it was told is not too fast because the network was."""
DEVICE_LOGIN = "a device login"

State = DeviceAuthorization.State


class Limit(Protocol):
    """Counts failures of one source and says when it must wait."""

    def retry_after(self, source: str, now: datetime) -> int | None: ...

    def count_failure(self, source: str, now: datetime) -> bool: ...


class DeviceLogins:
    """What can be done with device logins; built once by the composition root."""

    def __init__(
        self,
        api_keys: ApiKeys,
        recorder: Recorder,
        clock: Callable[[], datetime],
        entropy: Entropy,
        secret: str,
        starts: Limit,
        guesses: Limit,
    ) -> None:
        self._api_keys = api_keys
        self._recorder = recorder
        self._clock = clock
        self._entropy = entropy
        self._user_digest = UserCodeDigest(secret)
        self._starts = starts
        self._guesses = guesses

    def start(self, asked: Asked, caller: Caller, source: str) -> Started | TooMany:
        """Note that a program asks to be let in; `source` is what its address counts as."""
        now = self._clock()
        wait = self._starts.retry_after(source, now)
        if wait is not None:
            return TooMany(wait)
        if self._starts.count_failure(source, now):
            self._record_throttled(caller, "started many device logins")
        while True:
            started = self._codes()
            try:
                self._save(started, asked, caller, now)
            except IntegrityError:
                continue  # Another login that is not forgotten yet has the same short code.
            return started

    def find(self, typed: str, caller: Caller) -> DeviceAuthorization | TooMany | None:
        """Return the login that waits under a code somebody typed; each wrong code counts against that user.

        Even a right code is not heard from a user who has typed too many wrong ones (RFC 8628, section 5.1).
        """
        now, source = self._clock(), str(caller.principal.id)
        wait = self._guesses.retry_after(source, now)
        if wait is not None:
            return TooMany(wait)
        code = read_user_code(typed)
        waiting = self._waiting(code, now) if code is not None else None
        if waiting is None:
            self._record_wrong_code(caller)
            if self._guesses.count_failure(source, now):
                self._record_throttled(caller, "typed too many wrong codes of device logins")
        return waiting

    def approve(self, login: DeviceAuthorization, caller: Caller, description: str, chosen_seconds: int | None) -> bool:
        """Let a program in as the caller; return False where the login was answered, or ran out, meanwhile."""
        owner = User.objects.get(id=caller.principal.id)
        answer = {
            "state": State.APPROVED,
            "approved_by": owner,
            "approved_generation": owner.session_generation,
            "approved_session": caller.via.session_id or "",
            "description": shortened(redacted(description)),
            "chosen_seconds": chosen_seconds,
        }
        comment = f"{owner.email} let {words(login)} in."
        event = Event(Kind.DEVICE_LOGIN_APPROVED, caller, comment, details=details_of(login))
        return self._answer(login, answer, event)

    def deny(self, login: DeviceAuthorization, caller: Caller) -> bool:
        """Refuse a program; return False where the login was answered, or ran out, meanwhile."""
        comment = f"{caller.principal.email} refused {words(login)}."
        event = Event(Kind.DEVICE_LOGIN_DENIED, caller, comment, Outcome.REFUSED, details=details_of(login))
        return self._answer(login, {"state": State.DENIED}, event)

    def give_up(self, device_code: str, caller: Caller) -> bool:
        """End a login whose program waits no longer, so that nobody approves it in vain; return whether it waited.

        Where the key was handed out already, the program has not got it, or does not want it: it is revoked.
        """
        login = DeviceAuthorization.objects.filter(device_digest=digest(device_code)).first()
        if login is None:
            return False
        if login.state == State.COLLECTED:
            self._revoke_collected(login, caller)
            return False
        comment = f"{words(login, 'The ')} waits no longer."
        event = Event(Kind.DEVICE_LOGIN_DENIED, caller, comment, details=details_of(login))
        return self._answer(login, {"state": State.DENIED}, event, may_be_approved=True)

    def collect(self, device_code: str, settings: SiteSettings, caller: Caller) -> Issued | Withheld:
        """Hand out the key of an approved login, once; it is issued in this moment and was nowhere before."""
        now = self._clock()
        with transaction.atomic():
            rows = DeviceAuthorization.objects.select_for_update()
            login = rows.filter(device_digest=digest(device_code)).first()
            if login is None:
                return Withheld.INVALID
            if login.state == State.COLLECTED:
                self._revoke_collected(login, caller)
                return Withheld.INVALID
            refused = _why_not_now(login, settings, now)
            if refused is not None:
                return self._noted_poll(login, refused, now)
            return self._issued(login, settings, caller)

    def _save(self, started: Started, asked: Asked, caller: Caller, now: datetime) -> None:
        login = DeviceAuthorization(
            device_digest=digest(started.device_code),
            user_digest=self._user_digest(started.user_code),
            program=one_line(asked.program) or "a program without a name",
            host_name=one_line(asked.host_name),
            address=caller.address[:64],
            wanted_description=shortened(redacted(asked.description)),
            wanted_seconds=asked.seconds,
            created_at=now,
            expires_at=now + LIFE,
            interval_seconds=started.interval,
        )
        with transaction.atomic():
            login.save(force_insert=True)
            comment = f"{words(login, 'The ')} asks to be let in."
            self._recorder.record(Event(Kind.DEVICE_LOGIN_STARTED, caller, comment, details=details_of(login)))

    def _codes(self) -> Started:
        device_code, user_code = mint_device_code(self._entropy), mint_user_code(self._entropy)
        return Started(device_code, user_code, int(LIFE.total_seconds()), INTERVAL_SECONDS)

    def _waiting(self, code: str, now: datetime) -> DeviceAuthorization | None:
        pending = DeviceAuthorization.objects.filter(state=State.PENDING, expires_at__gt=now)
        return pending.filter(user_digest=self._user_digest(code)).first()

    def _answer(
        self, login: DeviceAuthorization, answer: dict[str, object], event: Event, may_be_approved: bool = False
    ) -> bool:
        states = [State.PENDING, State.APPROVED] if may_be_approved else [State.PENDING]
        with transaction.atomic():
            # Asked again in the statement that writes: of two who answer at once, one does.
            open_still = DeviceAuthorization.objects.filter(id=login.id, state__in=states, expires_at__gt=self._clock())
            if not open_still.update(**answer):
                return False
            self._recorder.record(event)
        return True

    def _noted_poll(self, login: DeviceAuthorization, refused: Withheld, now: datetime) -> Withheld:
        is_first = login.polled_at is None
        due = (login.polled_at or now) + timedelta(seconds=login.interval_seconds) - _JITTER
        login.polled_at = now
        if refused is Withheld.PENDING and not is_first and now < due:
            login.interval_seconds += SLOW_DOWN_SECONDS
            refused = Withheld.SLOW_DOWN
        login.save(update_fields=["polled_at", "interval_seconds"])
        return refused

    def _issued(self, login: DeviceAuthorization, settings: SiteSettings, caller: Caller) -> Issued:
        owner = login.approved_by
        assert owner is not None
        principal = Principal(owner.id, owner.email, owner.display_name)
        approved_in = login.approved_session
        via = Via(DEVICE_LOGIN, session_id=approved_in or None, how=how_in(approved_in) if approved_in else None)
        collector = Caller(principal, via, address=caller.address, user_agent=caller.user_agent)
        maximum = settings.api_key_expiration_seconds
        issued = self._api_keys.issue(owner, collector, maximum, login.description, login.chosen_seconds)
        login.state, login.key = State.COLLECTED, issued.key
        login.save(update_fields=["state", "key"])
        return issued

    def _revoke_collected(self, login: DeviceAuthorization, caller: Caller) -> None:
        # RFC 6749, 10.5: two hold this code, or the answer with the key was lost. In neither case may the key live on.
        if login.key is not None and login.key.revoked_at is None:
            self._api_keys.revoke([login.key], caller)

    def _record_wrong_code(self, caller: Caller) -> None:
        comment = "A code was typed under which no device login waits."
        self._recorder.record(Event(Kind.ACCESS_REFUSED, caller, comment, Outcome.REFUSED))

    def _record_throttled(self, caller: Caller, what: str) -> None:
        who = caller.address if caller.principal.is_guest else caller.principal.email
        self._recorder.record(Event(Kind.THROTTLED, caller, f"{who} {what}.", Outcome.REFUSED, "throttled"))


def _why_not_now(login: DeviceAuthorization, settings: SiteSettings, now: datetime) -> Withheld | None:
    if login.state == State.DENIED:
        return Withheld.DENIED
    if login.expires_at <= now:
        return Withheld.EXPIRED
    owner = login.approved_by
    if login.state == State.PENDING or owner is None:
        return Withheld.PENDING
    is_same = owner.is_active and owner.session_generation == login.approved_generation
    return None if is_same and settings.allow_api_keys else Withheld.DENIED
