"""The second factors of people: what each has, how it is shown, and every change of it.

A change ends all other sessions of the person with their session keys, in one transaction with its event; API keys
stay. A factor at a service that asks the person itself (Duo) is a `PromptMethod`: the browser goes there and back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F, Q, QuerySet

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.sessions.ending import Ended, Sessions, Why
from keyhouse.sessions.models import BrowserSession
from keyhouse.signin.factors.passkeys import MOST, Asked, Passkeys, name_of
from keyhouse.signin.factors.recovery import RecoveryCodes
from keyhouse.signin.factors.shown import Shown
from keyhouse.signin.factors.totp import Totp
from keyhouse.signin.factors.trusted import TrustedBrowsers
from keyhouse.signin.method import Begun, Flow, Method, Provider
from keyhouse.signin.methods import SECONDARY_KINDS
from keyhouse.signin.policy import FACTORS, FactorPolicy
from keyhouse.signin.providers import Providers

TOTP, PASSKEY, RECOVERY, PROMPT = "totp", "passkey", "recovery", "prompt"


class PromptMethod(Method, Protocol):
    """A second factor at a service that asks the person itself; its action passes on what was proved."""

    def begin_for(self, provider: Provider, flow: Flow, login: str) -> Begun:
        """Return the address to lead the browser to, for the person of this login. Raises `SignInFailed`."""
        ...


@dataclass(frozen=True)
class Choice:
    """One way in which a person can show a second factor now; `number` is the configuration's, of a prompt."""

    name: str
    label: str
    number: int | None = None


@dataclass(frozen=True)
class Factor:
    """One second factor of a person, as its owner may see it."""

    id: int
    name: str
    is_passkey: bool
    added_at: datetime
    last_used_at: datetime | None


class FactorError(Exception):
    """A second factor cannot be changed as asked; the text says what to do."""


class SecondFactors:
    """Sets up, shows and removes second factors; built once by the composition root."""

    def __init__(
        self,
        recorder: Recorder,
        sessions: Sessions,
        policy: FactorPolicy,
        providers: Providers,
        trusted: TrustedBrowsers,
        base_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._recorder = recorder
        self._sessions = sessions
        self._policy = policy
        self._providers = providers
        self.totp = Totp(clock)
        self.recovery = RecoveryCodes(clock)
        self.passkeys = Passkeys(base_url, clock)
        self.trusted = trusted

    def choices(self, user: User, host: str) -> list[Choice]:
        """Return how a person can show a second factor in a browser that is at this host, the surest first."""
        own = set(Authenticator.objects.filter(user_id=user.id).values_list("type", flat=True))
        found = []
        if Authenticator.Type.WEBAUTHN in own and not self.passkeys.why_not(host):
            found.append(Choice(PASSKEY, "Passkey"))
        if Authenticator.Type.TOTP in own:
            found.append(Choice(TOTP, "Authenticator app"))
        # A service where people enrol themselves would let a password get past the factor that they set up here.
        prompts = [each for each in self._providers.enabled(SECONDARY_KINDS) if not own or each.flag("stands_in")]
        found += [Choice(PROMPT, each.description, each.id) for each in prompts]
        if own & {Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP} and self.recovery.left(user.id):
            found.append(Choice(RECOVERY, "Recovery code"))
        return found

    def add_totp(self, user: User, secret: str, step: int, caller: Caller, own_session: str | None = None) -> None:
        """Set an authenticator app up, in the place of an older one. Raises `FactorError`."""
        with transaction.atomic():
            self._hold_to_add(user, own_session)
            self.totp.add(user, secret, step)
            self._changed(user, caller, "set up an authenticator app", TOTP, own_session)

    def add_passkey(
        self, user: User, name: str, asked: Asked, answer: str, caller: Caller, own_session: str | None = None
    ) -> Shown:
        """Add a passkey and return what that proves. Raises `PasskeyRefused` and `FactorError`."""
        made, shown = self.passkeys.new_from(user, asked, answer)
        with transaction.atomic():
            self._hold_to_add(user, own_session)
            if len(self.passkeys.of(user.id)) >= MOST:
                raise FactorError("Twenty passkeys are enough: remove one that you do not use.")
            self.passkeys.keep(user, name, made)
            self._changed(user, caller, f"added the passkey {name}", PASSKEY, own_session)
        return shown

    def rename_passkey(self, user: User, number: int, name: str, caller: Caller) -> None:
        """Give a passkey another name; no session ends. Raises `FactorError`."""
        with transaction.atomic():
            row = self._of(user, number)
            old = name_of(row)
            row.data = {**row.data, "name": name}
            row.save(update_fields=["data"])
            self._record(user, caller, f"renamed the passkey {old} to {name}", PASSKEY, Ended())

    def remove(self, user: User, number: int, caller: Caller, own_session: str | None) -> None:
        """Remove an authenticator app or a passkey; recovery codes go with the last one. Raises `FactorError`."""
        with transaction.atomic():
            # Of two who remove the last two at once, one removes the last.
            _hold(user)
            row = self._of(user, number)
            is_last = self._factors(user).count() == 1
            if is_last and self._policy.is_required(user):
                raise FactorError("You must have a second factor here. Add another one before you remove this.")
            is_app = row.type == Authenticator.Type.TOTP
            what = "the authenticator app" if is_app else f"the passkey {name_of(row)}"
            row.delete()
            if is_last:
                Authenticator.objects.filter(user_id=user.id).delete()
            self._changed(user, caller, f"removed {what}", TOTP if is_app else PASSKEY, own_session)

    def renew_codes(self, user: User, caller: Caller, own_session: str | None) -> None:
        """Make new recovery codes; the old ones stop working. Raises `FactorError`."""
        with transaction.atomic():
            _hold(user)
            if not self._policy.has_factor(user.id):
                raise FactorError("Recovery codes stand in for a second factor: set one up first.")
            self.recovery.make(user)
            self._changed(user, caller, "made new recovery codes", RECOVERY, own_session)

    def reset(self, user: User, caller: Caller) -> int:
        """Remove all second factors of a person, for who lost them; return how many there were."""
        with transaction.atomic():
            _hold(user)
            count = self._factors(user).count()
            Authenticator.objects.filter(user_id=user.id).delete()
            self._changed(user, caller, "has no second factor any more: they were reset", "all", None)
        return count

    def of(self, user_id: int) -> list[Factor]:
        """Return the second factors that a person has set up, the oldest first."""
        rows = Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).order_by("created_at", "id")
        return [_factor(row) for row in rows]

    def trust(self, user: User, caller: Caller) -> tuple[str, int]:
        """Trust the browser of a person; return the text of its cookie and the seconds it lives."""
        with transaction.atomic():
            made = self.trusted.trust(user, caller.user_agent)
            self._record(user, caller, "trusts a browser from now on", "trusted browser", Ended())
        return made

    def distrust(self, user: User, number: int, caller: Caller) -> None:
        """Trust a browser of a person no more."""
        with transaction.atomic():
            if self.trusted.forget(user, number):
                self._record(user, caller, "trusts a browser no more", "trusted browser", Ended())

    def _hold_to_add(self, user: User, own_session: str | None) -> None:
        """Lock the person's row. Who has shown a first factor alone adds the first second one, and no other.

        Nor does who had shown a password that was changed since, or was signed in and is no more.
        """
        held = _hold(user)
        if not held.is_active or held.session_generation != user.session_generation:
            raise FactorError("Your account was changed meanwhile. Sign in again.")
        if own_session is None and self._policy.has_factor(user.id):
            raise FactorError("This account has a second factor already. Sign in with it.")

    def _changed(self, user: User, caller: Caller, what: str, factor: str, own_session: str | None) -> None:
        if factor in {TOTP, PASSKEY} and self._policy.has_factor(user.id) and self.recovery.left(user.id) is None:
            self.recovery.make(user)
        User.objects.filter(id=user.id).update(session_generation=F("session_generation") + 1)
        user.refresh_from_db(fields=["session_generation"])
        own = Q(public_id=own_session or "", user=user)
        BrowserSession.objects.filter(own).update(generation=user.session_generation)
        self.trusted.forget(user)
        ended = self._sessions.end(Q(user=user) & ~own, caller, Why.FACTORS)
        self._record(user, caller, what, factor, ended)

    def _record(self, user: User, caller: Caller, what: str, factor: str, ended: Ended) -> None:
        details = {"subjectId": user.id, "factor": factor, "sessions": ended.sessions, "keys": ended.keys}
        self._recorder.record(Event(Kind.FACTOR_CHANGED, caller, f"{user.email} {what}.", details=details))

    def _of(self, user: User, number: int) -> Authenticator:
        row = self._factors(user).select_for_update().filter(id=number).first()
        if row is None:
            raise FactorError("This second factor is not there any more. Reload the page.")
        return row

    @staticmethod
    def _factors(user: User) -> QuerySet[Authenticator]:
        rows: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.id, type__in=FACTORS)
        return rows


def _hold(user: User) -> User:
    """Lock a person's row before anything that hangs on it, as everybody does who changes an account."""
    # No key of it is changed: who only refers to the person, as a session that begins does, need not wait.
    return User.objects.select_for_update(no_key=True).get(id=user.id)


def _factor(row: Authenticator) -> Factor:
    is_passkey = row.type == Authenticator.Type.WEBAUTHN
    name = name_of(row) if is_passkey else "Authenticator app"
    return Factor(row.id, name, is_passkey, row.created_at, row.last_used_at)
