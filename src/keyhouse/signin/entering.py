"""The one place where a browser is signed in, whatever the method: a new session that records how it began."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.contrib.sessions.backends.base import UpdateError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind, Outcome
from keyhouse.audit.recorder import Recorder
from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.core.caller import Caller
from keyhouse.core.decision import PASSWORD, Via
from keyhouse.core.digests import digest
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import Reason, log_text
from keyhouse.core.tokens import redacted
from keyhouse.sessions.ending import Sessions, Why, in_words
from keyhouse.sessions.how import IN_SESSION, columns_of
from keyhouse.sessions.models import BrowserSession
from keyhouse.signin import leaving, pending
from keyhouse.signin.factors.trusted import COOKIE, TrustedBrowsers
from keyhouse.signin.identities import Identities
from keyhouse.signin.leaving import Onward
from keyhouse.signin.method import Identity, Provider, SignInFailed
from keyhouse.signin.models import Configuration, ProviderSession
from keyhouse.signin.passwords.adapter import ADDRESS
from keyhouse.signin.pending import Pending, Proof
from keyhouse.signin.policy import FactorPolicy
from keyhouse.signin.providers import Providers

SITE_PASSWORD = "a password"  # noqa: S105
PROVIDER = "an identity provider"
LINK = "_keyhouse_link"
"""Under this name the identity waits in the session that its person has signed in at the provider but not here."""

_NOT_AT_ALL = datetime.fromtimestamp(0, UTC)
"""Fresh in no span of time, also where the site makes that longer afterwards."""
_SEALED = "sealed"
_TEXTS = {
    Reason.ACCOUNT_DEACTIVATED: "Your account has been deactivated. Ask an administrator to reactivate it.",
    Reason.SESSION_ENDED: "You were signed out at your identity provider meanwhile. Sign in again.",
}


@dataclass(frozen=True)
class Entered:
    """The browser is signed in as this user."""

    user: User


@dataclass(frozen=True)
class FactorNeeded:
    """The first factor was right; the second is asked for next, or set up first where `must_enrol`."""

    must_enrol: bool


class SignIns:
    """Signs browsers in and out; built once by the composition root."""

    def __init__(
        self,
        recorder: Recorder,
        sessions: Sessions,
        identities: Identities,
        providers: Providers,
        policy: FactorPolicy,
        trusted: TrustedBrowsers,
        clock: Callable[[], datetime],
    ) -> None:
        self._recorder = recorder
        self._sessions = sessions
        self._identities = identities
        self._providers = providers
        self._policy = policy
        self._trusted = trusted
        self._clock = clock

    def how(self, methods: tuple[str, ...], provider: str = SITE_PASSWORD) -> HowSignedIn:
        """Return how somebody signed in at this moment with one factor of this site itself."""
        return HowSignedIn(provider, None, methods, Assurance.SINGLE, self._clock())

    def by_identity(
        self, request: HttpRequest, provider: Provider, identity: Identity, return_url: str = ""
    ) -> Entered | FactorNeeded:
        """Sign in who came back from a provider. Raises `SignInFailed`; either outcome is audited."""
        try:
            user = self._identities.account_of(provider, identity, caller_of(request))
            proof = self.proof_of(provider, identity, user)
            outcome = self.admit(request, proof, return_url)
            if isinstance(outcome, Reason):
                raise SignInFailed(outcome, _TEXTS[outcome])
        except SignInFailed as failed:
            self.record_failure(request, identity.email, failed.reason, f"{provider.description}: {failed.detail}")
            raise
        return outcome

    def proof_of(self, provider: Provider, identity: Identity, user: User) -> Proof:
        """Return what a provider has proved of a user, at this moment."""
        how = HowSignedIn(provider.description, provider.id, identity.methods, identity.assurance, self._clock())
        return Proof(user, how, identity.session_name, identity.subject, identity.sign_out_with)

    def admit(self, request: HttpRequest, proof: Proof, return_url: str = "") -> Entered | FactorNeeded | Reason:
        """Sign in who has shown a first factor, unless a second one is needed; an account may be deactivated."""
        if not proof.user.is_active:
            return Reason.ACCOUNT_DEACTIVATED
        if not self._policy.needs(proof.user, proof.how):
            return self.enter(request, proof)
        must_enrol = not self._policy.can_show_factor(proof.user.id)
        if not must_enrol and self._trusted.is_trusted(request.COOKIES.get(COOKIE, ""), proof.user):
            return self._enter_trusted(request, proof)
        # A new cookie: else who planted the old one would stand behind the first factor too.
        self._leave(request, caller_of(request, _principal_of(proof.user), proof.how))
        pending.keep(request, Pending(self._closed(proof), must_enrol, return_url))
        return FactorNeeded(must_enrol)

    def _closed(self, proof: Proof) -> Proof:
        """Return a proof that may lie in a session: tickets and tokens of the provider are sealed."""
        kept = {"session_name": proof.session_name, "sign_out_with": dict(proof.sign_out_with)}
        return replace(proof, session_name="", sign_out_with={_SEALED: self._providers.seal(kept)})

    def _opened(self, proof: Proof) -> Proof:
        sealed = proof.sign_out_with.get(_SEALED)
        return replace(proof, **self._providers.unseal(sealed)) if sealed else proof

    def _enter_trusted(self, request: HttpRequest, proof: Proof) -> Entered | Reason:
        """Begin a session that counts as one factor, and at no time as a fresh sign-in."""
        with transaction.atomic():
            entered = self.enter(request, proof)
            cookie = request.session.session_key or ""
            BrowserSession.objects.filter(digest=digest(cookie), user=proof.user).update(proved_at=_NOT_AT_ALL)
        return entered

    def _leave(self, request: HttpRequest, caller: Caller) -> None:
        """End what this browser's cookie stands for; an identity that waits to be linked waits on."""
        link = request.session.get(LINK)
        if cookie := request.session.session_key:
            self._sessions.end(Q(digest=digest(cookie)), caller, Why.NEW_SIGN_IN)
        # The framework keeps the session where the same person signs in again; each sign-in begins a new one.
        request.session.flush()
        if link is not None:
            request.session[LINK] = link

    def enter(self, request: HttpRequest, proof: Proof) -> Entered | Reason:
        """Begin a session under a new cookie; the old one of this browser ends. Only what follows a whole proof."""
        proof = self._opened(proof)
        user, how = proof.user, proof.how
        caller = caller_of(request, _principal_of(user), how)
        try:
            with transaction.atomic():
                if (how.configuration is not None and not _is_on(how.configuration)) or leaving.is_over(proof):
                    return Reason.SESSION_ENDED
                # The account before its sessions, as whoever changes it does: else each would wait for the other.
                if not User.objects.select_for_update(no_key=True).filter(id=user.id, is_active=True).exists():
                    return Reason.ACCOUNT_DEACTIVATED
                self._leave(request, caller)
                request.session[IN_SESSION] = columns_of(how)
                with request_context(request):
                    get_adapter(request).login(request, user)
                request.session.save()
                row = BrowserSession.objects.get(digest=digest(request.session.session_key or ""))
                self._keep_provider_session(row, proof)
                via = replace(caller.via, session_id=row.public_id)
                self._recorder.record(Event(Kind.SIGN_IN, replace(caller, via=via), _words(user, how)))
        except UpdateError:
            return Reason.ACCOUNT_DEACTIVATED
        return Entered(user)

    def sign_out(self, request: HttpRequest, caller: Caller) -> Onward | None:
        """End the session of this browser, and with it everything that hangs on it; it ends whatever a provider does.

        A program with a session key acts inside the browser's session, so it is that session that ends. Return where
        the sign-out goes on, where the person came by a provider.
        """
        onward_of = leaving.onward_of(self._providers, caller.via.session_id or "")
        with transaction.atomic():
            which = Q(public_id=caller.via.session_id or "")
            ended = self._sessions.end(which, caller, Why.SIGN_OUT, is_recorded=False)
            if not caller.principal.is_guest:
                comment = f"{caller.principal.email} signed out, which ended {in_words(ended.keys)}."
                details = {"why": Why.SIGN_OUT.value, "sessionId": caller.via.session_id, "keys": ended.keys}
                self._recorder.record(Event(Kind.SIGN_OUT, caller, comment, details=details))
        with request_context(request):
            get_adapter(request).logout(request)
        request.META["keyhouse.signed_out"] = True
        return onward_of()

    def record_failure(self, request: HttpRequest, email: str, reason: Reason, comment: str = "") -> None:
        """Write a sign-in that failed into the log."""
        name = redacted(email)[:254]
        caller = caller_of(request, Principal(0, name, name))
        text = comment or log_text(reason)
        self._recorder.record(Event(Kind.SIGN_IN_FAILED, caller, text, Outcome.REFUSED, reason.value))

    def _keep_provider_session(self, row: BrowserSession, proof: Proof) -> None:
        if proof.how.configuration is None or not proof.subject:
            return
        ProviderSession.objects.create(
            session=row,
            configuration_id=proof.how.configuration,
            name_digest=digest(proof.session_name) if proof.session_name else "",
            subject_digest=digest(proof.subject),
            sealed=self._providers.seal(proof.sign_out_with) if proof.sign_out_with else "",
        )


def caller_of(request: HttpRequest, principal: Principal | None = None, how: HowSignedIn | None = None) -> Caller:
    """Return who is behind a request that signs in, as the audit log names them."""
    method = PASSWORD if how is None or how.configuration is None else PROVIDER
    via = Via(method, how=how)
    agent = request.headers.get("User-Agent", "")
    address = str(request.META.get(ADDRESS, ""))
    return Caller(principal or Principal(0, "", ""), via, address=address, user_agent=agent)


def _principal_of(user: User) -> Principal:
    return Principal(user.id, user.email, user.display_name)


def _is_on(number: int) -> bool:
    # Held until the session is there: switched off, or ended at the provider, meanwhile, it would be one that nobody
    # has ended.
    return Configuration.objects.select_for_update().filter(id=number, is_enabled=True).exists()


def _words(user: User, how: HowSignedIn) -> str:
    by = "with a password" if how.methods == ("pwd",) and how.configuration is None else f"through {how.provider}"
    factors = f" and {', '.join(how.methods[1:])}" if how.configuration is None and len(how.methods) > 1 else ""
    return f"{user.email} signed in {by}{factors}."
