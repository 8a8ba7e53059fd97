"""A fresh sign-in: the person of a session that goes on proves again to be there, in the way in which they came.

The session stays, with its keys and what was declared in it. What is proved counts for its own person alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind, Outcome
from keyhouse.audit.recorder import Recorder
from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.core.caller import Caller
from keyhouse.core.digests import digest
from keyhouse.core.reasons import Reason
from keyhouse.sessions.how import prove_again
from keyhouse.sessions.waiting import still_waits
from keyhouse.signin.entering import SITE_PASSWORD
from keyhouse.signin.factors.shown import Shown
from keyhouse.signin.identities import Identities
from keyhouse.signin.method import Flow, Identity, Provider, SignInFailed
from keyhouse.signin.methods import FORM_KINDS, REDIRECT_KINDS
from keyhouse.signin.models import ProviderSession
from keyhouse.signin.passwords.checking import Passwords
from keyhouse.signin.policy import FactorPolicy
from keyhouse.signin.providers import Providers

FORCED_BY_PROTOCOL = frozenset({"cas"})
"""Kinds whose server refuses the answer itself unless the person has just signed in (CAS 3.0, 2.5.1: renew)."""
_IN_SESSION = "_keyhouse_proved"
_LIFE = timedelta(minutes=10)
_SKEW = timedelta(minutes=2)
_ANOTHER = (
    "You signed in at {0} as somebody else than the person of this session. Sign in there as yourself, or sign out "
    "here and begin again."
)
_NOT_ANEW = (
    "{0} did not ask you to prove that you are there, or does not say when it did. Sign out here, sign in again, and "
    "tell an administrator."
)
_OVER = "This session has ended meanwhile. Sign in again."


@dataclass(frozen=True)
class Ask:
    """What is asked of a person: to go to a provider, or a password or passkey, or then a second factor.

    Nothing can be asked where none is set.
    """

    provider: Provider | None = None
    password: bool = False
    passkey: bool = False
    factor: bool = False

    @property
    def is_stuck(self) -> bool:
        """Tell whether the way in which the person came is closed by now."""
        return self.provider is None and not (self.password or self.passkey or self.factor)


@dataclass(frozen=True)
class Proved:
    """What has been proved by now, on the way to a fresh sign-in."""

    methods: tuple[str, ...]
    assurance: Assurance
    at: datetime


class FreshSignIns:
    """Judges and notes fresh sign-ins; built once by the composition root."""

    def __init__(
        self,
        recorder: Recorder,
        providers: Providers,
        identities: Identities,
        passwords: Passwords,
        policy: FactorPolicy,
        clock: Callable[[], datetime],
    ) -> None:
        self._recorder = recorder
        self._providers = providers
        self._identities = identities
        self._passwords = passwords
        self._policy = policy
        self._clock = clock

    def ask(self, request: HttpRequest, user: User, how: HowSignedIn | None) -> Ask:
        """Return what is asked of the person of a session next."""
        if self._proved(request) is not None:
            return Ask(factor=True)
        number = how.configuration if how is not None else None
        if number is None:
            return Ask(password=user.has_usable_password(), passkey=self._policy.has_passkey(user.id))
        provider = self._providers.find(number)
        if provider is None:
            return Ask()
        return Ask(provider=provider) if provider.kind in REDIRECT_KINDS else Ask(password=provider.kind in FORM_KINDS)

    def by_password(self, request: HttpRequest, user: User, password: str, caller: Caller) -> Reason | None:
        """Take a password; say why it proves nothing, or None. Slowed as a sign-in is, and recorded where it fails."""
        refusal = self._passwords.verify(request, user, password)
        if refusal is not None:
            self.refuse(caller, refusal, f"{user.email} gave a wrong password for a fresh sign-in.")
            return refusal
        how = caller.via.how
        came_by = how.provider if how is not None and how.configuration is not None else SITE_PASSWORD
        return self._take(request, user, HowSignedIn(came_by, None, ("pwd",), Assurance.SINGLE, self._clock()), caller)

    def by_passkey(self, request: HttpRequest, user: User, owner: User, shown: Shown, caller: Caller) -> bool:
        """Take a passkey that answered; False, and recorded, where it is another person's or was not unlocked."""
        if owner.id != user.id or not shown.is_whole:
            why = "was not unlocked by its person" if owner.id == user.id else f"is of {owner.email}"
            self.refuse(caller, Reason.SECOND_FACTOR_WRONG, f"passkey of the fresh sign-in of {user.email}: it {why}")
            return False
        return self._done(request, user, Proved(shown.methods, shown.assurance, self._clock()), caller)

    def by_identity(
        self, request: HttpRequest, user: User, provider: Provider, flow: Flow, identity: Identity, caller: Caller
    ) -> None:
        """Take what a provider says. Raises `SignInFailed`; that is recorded.

        It must be the provider of this session, the very identity that began it, and a sign-in there that is newer
        than the journey: else whoever sits at the computer would prove it with their own account, or with a cookie.
        """
        try:
            self._check_identity(user, provider, identity, caller)
            self._check_anew(provider, flow, identity)
            how = HowSignedIn(provider.description, provider.id, identity.methods, identity.assurance, self._clock())
            if self._take(request, user, how, caller) is not None:
                raise SignInFailed(Reason.SESSION_ENDED, _OVER)
        except SignInFailed as failed:
            self.refuse(caller, failed.reason, f"{provider.description}: {failed.detail}")
            raise
        self._keep_up(caller, provider, identity)

    def by_factor(
        self, request: HttpRequest, user: User, methods: tuple[str, ...], level: Assurance, caller: Caller
    ) -> bool:
        """Note that a second factor was right, after the first; False where the first is missing or too long ago."""
        proved = self._proved(request)
        if proved is None:
            return False
        both = replace(proved, methods=(*proved.methods, *methods), assurance=max(proved.assurance, level))
        return self._done(request, user, both, caller)

    def refuse(self, caller: Caller, reason: Reason, comment: str) -> None:
        """Write down what proved nothing."""
        self._recorder.record(Event(Kind.FRESH_SIGN_IN, caller, comment, Outcome.REFUSED, reason.value))

    def _take(self, request: HttpRequest, user: User, how: HowSignedIn, caller: Caller) -> Reason | None:
        proved = Proved(how.methods, how.assurance, self._clock())
        if self._policy.needs(user, how) and self._policy.can_show_factor(user.id):
            request.session[_IN_SESSION] = {
                "methods": list(how.methods),
                "assurance": how.assurance.value,
                "at": proved.at.isoformat(),
            }
            return None
        return None if self._done(request, user, proved, caller) else Reason.SESSION_ENDED

    def _done(self, request: HttpRequest, user: User, proved: Proved, caller: Caller) -> bool:
        request.session.pop(_IN_SESSION, None)
        session_id = caller.via.session_id or ""
        with transaction.atomic():
            how = prove_again(session_id, self._clock(), proved.methods, proved.assurance)
            if how is None:
                return False
            words = ", ".join(proved.methods) or how.provider
            comment = f"{user.email} proved again to be there ({words})."
            details = {"sessionId": session_id, "methods": list(proved.methods), "assurance": how.assurance.label}
            via = replace(caller.via, how=how)
            self._recorder.record(Event(Kind.FRESH_SIGN_IN, replace(caller, via=via), comment, details=details))
        return True

    def _proved(self, request: HttpRequest) -> Proved | None:
        kept = request.session.get(_IN_SESSION)
        if kept is None:
            return None
        at = datetime.fromisoformat(kept["at"])
        if not still_waits(at, self._clock(), _LIFE):
            return None
        return Proved(tuple(kept["methods"]), Assurance(kept["assurance"]), at)

    def _check_identity(self, user: User, provider: Provider, identity: Identity, caller: Caller) -> None:
        known = self._identities.find(provider.id, identity.subject)
        behind = ProviderSession.objects.filter(session__public_id=caller.via.session_id or "").first()
        is_same = behind is not None and (
            behind.configuration_id == provider.id and behind.subject_digest == digest(identity.subject)
        )
        if known is None or known.user_id != user.id or not is_same:
            text = _ANOTHER.format(provider.description)
            who = known.user.email if known else "nobody who is known here"
            detail = f"another identity came back from the fresh sign-in of {user.email}: {who}"
            raise SignInFailed(Reason.PROVIDER_REFUSED, text, detail)

    def _check_anew(self, provider: Provider, flow: Flow, identity: Identity) -> None:
        at = identity.signed_in_at
        is_anew = provider.kind in FORCED_BY_PROTOCOL if at is None else at >= flow.started_at - _SKEW
        if not is_anew:
            detail = f"a fresh sign-in was asked for at {flow.started_at:%H:%M:%S}, and the last one was {_when(at)}"
            raise SignInFailed(Reason.FRESH_SIGN_IN, _NOT_ANEW.format(provider.description), detail)

    def _keep_up(self, caller: Caller, provider: Provider, identity: Identity) -> None:
        """Know the provider's session under its new name, or its end would not find ours."""
        row = ProviderSession.objects.filter(session__public_id=caller.via.session_id or "").first()
        if row is None or row.configuration_id != provider.id:
            return
        if identity.session_name:
            row.name_digest = digest(identity.session_name)
        if identity.sign_out_with:
            row.sealed = self._providers.seal(identity.sign_out_with)
        row.save(update_fields=["name_digest", "sealed"])


def _when(at: datetime | None) -> str:
    return f"at {at:%Y-%m-%d %H:%M:%S}" if at else "at a time that it does not say"
