"""The door itself: presented credentials, facts, decision, log, audit, answer."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from keyhouse.audit import Event, Kind, Outcome
from keyhouse.audit.recorder import Recorder
from keyhouse.authn import fetch, trail
from keyhouse.authn.folding import Folding
from keyhouse.authn.last_used import LastUsed
from keyhouse.authn.opened import OpenedSessions
from keyhouse.authn.throttle import Throttle, source_of
from keyhouse.authn.unheard import Unheard
from keyhouse.authz import impersonated
from keyhouse.core import decision
from keyhouse.core.assurance import HowSignedIn
from keyhouse.core.caller import Caller
from keyhouse.core.context import DeclaredContext
from keyhouse.core.credentials import CookieCredential, KeyCredential, PasswordCredential, Presented
from keyhouse.core.decision import Allowed, Denied, SessionFacts, Via
from keyhouse.core.digests import digest
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import THROTTLED_TEXT, Reason
from keyhouse.core.tokens import Malformed, Token, TokenKind, parse
from keyhouse.sessions import presence
from keyhouse.sessions.impersonate import Impersonations

log = logging.getLogger("keyhouse.authn")
_PAUSE_SECONDS = 60
"""What a client is told to wait where the pause is not the address's own: of one account, or of one key id."""


@dataclass(frozen=True)
class Visitor:
    """Where a request comes from: the address as seen through trusted proxies, and the user agent."""

    address: str
    user_agent: str


class PasswordCheck(Protocol):
    """Checks an e-mail address and a password; slow by design, throttled, and silent on whether the account exists."""

    def __call__(
        self, email: str, password: str, address: str
    ) -> tuple[Principal, HowSignedIn] | Reason | decision.PasswordRefused: ...


class Door:
    """Lets requests in or refuses them; built once by the composition root."""

    def __init__(
        self,
        check_password: PasswordCheck,
        opened: OpenedSessions,
        impersonations: Impersonations,
        throttle: Throttle,
        recorder: Recorder,
        last_used: LastUsed,
        clock: Callable[[], datetime],
    ) -> None:
        self._check_password = check_password
        self._opened = opened
        self._impersonations = impersonations
        self._throttle = throttle
        self._recorder = recorder
        self._last_used = last_used
        self._clock = clock
        self._folding = Folding()
        self._key_throttle = Throttle()
        self._unheard = Unheard()

    def authenticate(self, presented: Presented, visitor: Visitor) -> Allowed | Denied:
        """Decide on a request; what this returns has been logged, and where it must be, audited."""
        now = self._clock()
        trail.begin(presented, visitor.address)
        answer = self._decide(presented, visitor, now)
        trail.end(answer)
        if isinstance(answer, Denied):
            # What was stopped is in the log already; the credential is a good one.
            is_told = answer.reason is Reason.IMPERSONATION_ENDED
            return answer if is_told else self._refused(answer, visitor, now)
        self._used(presented, answer, visitor, now)
        return _seen(answer, now)

    def _decide(self, presented: Presented, visitor: Visitor, now: datetime) -> Allowed | Denied:
        denied = decision.deny_request(presented)
        if denied is not None:
            return denied
        answers: list[Allowed | Denied] = []
        session: Allowed | None = None
        for credential in presented.credentials:
            match credential:
                case KeyCredential():
                    answers.append(self._by_key(credential, now))
                case PasswordCredential():
                    answers.append(self._by_password(credential, visitor, now))
                case CookieCredential():
                    entered = self._by_cookie(credential, visitor, now)
                    if not isinstance(entered, Denied):
                        session = entered
                    elif not presented.explicit or entered.reason is Reason.IMPERSONATION_ENDED:
                        # A cookie of a revoked key must not stand in the way of the new key beside it. But who
                        # thinks to be somebody else is told, and does not go on with their own rights unaware.
                        answers.append(entered)
        return self._acting(decision.combine(answers, session), visitor)

    def _acting(self, answer: Allowed | Denied, visitor: Visitor) -> Allowed | Denied:
        """Let an administrator act as whom they impersonate, or stop that where they may not any more."""
        if isinstance(answer, Denied) or answer.context.impersonation is None:
            return answer
        acting = impersonated.acting_as(answer.context.impersonation)
        if acting is None:
            return self._stop_impersonating(answer, visitor)
        trail.step("impersonating %s: %s", answer.context.impersonation.guise, answer.context.impersonation.label)
        return replace(answer, principal=acting)

    def _stop_impersonating(self, answer: Allowed, visitor: Visitor) -> Denied:
        assert answer.context.impersonation is not None
        reason = Reason.IMPERSONATION_ENDED.value
        caller = _caller(answer.signed_in, answer.via, visitor)
        self._impersonations.stop(answer.context.impersonation, caller, reason)
        return decision.deny_impersonation(answer)

    def _by_key(self, credential: KeyCredential, now: datetime) -> Allowed | Denied:
        token = parse(credential.text)
        if isinstance(token, Malformed):
            trail.step("%s: malformed: %s", credential.source, token.detail)
            return decision.deny_malformed(credential, token.detail)
        if token.kind is TokenKind.SESSION_KEY:
            return self._by_session_key(token, credential, now)
        facts = fetch.key_by_digest(digest(token.text))
        trail.step("%s: well-formed, key id %s, %s", credential.source, token.key_id or "(imported)", _known(facts))
        return decision.decide_key(facts, credential.source, now, token.key_id)

    def _by_session_key(self, token: Token, credential: KeyCredential, now: datetime) -> Allowed | Denied:
        facts = fetch.session_of_key(digest(token.text))
        ended = fetch.ended_session_key(digest(token.text)) if facts is None else None
        trail.step("%s: well-formed session key, id %s, %s", credential.source, token.key_id, _known(facts or ended))
        answer = decision.decide_session_key(facts, token.key_id, credential.source, now, ended)
        _warn_of_clock(facts, now)
        if isinstance(answer, Allowed) and facts and facts.is_kept_alive:
            presence.keep(facts.session_id, now)
            return replace(answer, life=facts.life.seen(now))
        return answer

    def _by_password(self, credential: PasswordCredential, visitor: Visitor, now: datetime) -> Allowed | Denied:
        # A password can be guessed, so here a throttled address is not even heard.
        if self._throttle.retry_after(source_of(visitor.address), now) is not None:
            trail.step("%s: not heard: too many failures from this address", credential.source)
            return decision.deny_password(Reason.THROTTLED, credential.email)
        outcome = self._check_password(credential.email, credential.password, visitor.address)
        if isinstance(outcome, Reason | decision.PasswordRefused):
            return decision.deny_password(outcome, credential.email)
        principal, how = outcome
        return Allowed(principal, Via(decision.PASSWORD, credential.source, how=how))

    def _by_cookie(self, credential: CookieCredential, visitor: Visitor, now: datetime) -> Allowed | Denied | None:
        lapsed = self._opened.lapsed(credential.text, now)
        if lapsed is not None:
            via = Via(decision.OPENED_SESSION, credential.source)
            context = DeclaredContext(impersonation=lapsed)
            return self._stop_impersonating(Allowed(lapsed.administrator, via, context), visitor)
        opened = self._opened.enter(credential.text, now)
        if opened is not None:
            trail.step("%s: opened with a credential, key id %s", credential.source, opened.via.key_id or "none")
            return opened
        facts = fetch.session_by_digest(digest(credential.text))
        session = decision.decide_session(facts, now)
        trail.step("%s: %s", credential.source, "a living session" if session else "no living session, ignored")
        _warn_of_clock(facts, now)
        return session

    def _used(self, presented: Presented, answer: Allowed, visitor: Visitor, now: datetime) -> None:
        via = answer.via
        if via.key_id is not None:
            self._last_used.note(via.key_id, now, visitor.address, visitor.user_agent)
        if via.method == decision.BROWSER_SESSION or not (presented.explicit or via.key_id):
            return
        who = answer.signed_in
        if self._folding.is_new((via.key_id or who.email, visitor.address), now):
            kind = Kind.KEY_USED if via.key_id else Kind.SIGN_IN
            comment = f"{who.email} signed in through {via.method}."
            self._recorder.record(Event(kind, _caller(who, via, visitor), comment))

    def _refused(self, denied: Denied, visitor: Visitor, now: datetime) -> Denied:
        if self._is_throttled(denied, visitor, now):
            # Counted on: who does not stop stays throttled.
            self._throttle.count_failure(source_of(visitor.address), now)
            self._unheard.count(visitor.address)
            return _throttled(denied)
        # A throttled key id stops nobody who has the key: only refusals are counted, and only refusals are cut short.
        fills_key = denied.via.key_id is not None and self._key_throttle.count_failure(denied.via.key_id, now)
        if self._throttle.count_failure(source_of(visitor.address), now) or fills_key:
            self._record_refusal(_throttled(denied), Kind.THROTTLED, visitor)
        by_password = denied.via.method == decision.PASSWORD
        self._record_refusal(denied, Kind.SIGN_IN_FAILED if by_password else Kind.KEY_REFUSED, visitor)
        return denied

    def _is_throttled(self, denied: Denied, visitor: Visitor, now: datetime) -> bool:
        if self._throttle.retry_after(source_of(visitor.address), now) is not None:
            return True
        key_id = denied.via.key_id
        return key_id is not None and self._key_throttle.retry_after(key_id, now) is not None

    def record_unheard(self) -> None:
        """Write down how many refusals were cut short since the last time; a row for each would fill the disk."""
        for address, refusals in self._unheard.take().items():
            caller = Caller(via=Via("nothing that was heard"), address=address)
            comment = f"{refusals} more requests with bad credentials were refused from {address}."
            event = Event(
                Kind.THROTTLED, caller, comment, Outcome.REFUSED, Reason.THROTTLED.value, details={"refusals": refusals}
            )
            self._recorder.record(event)

    def _record_refusal(self, denied: Denied, kind: Kind, visitor: Visitor) -> None:
        caller = _caller(denied.principal, denied.via, visitor)
        self._recorder.record(Event(kind, caller, denied.log_line, Outcome.REFUSED, denied.reason.value))

    def retry_after(self, visitor: Visitor) -> int:
        """Return the seconds that a throttled visitor should wait."""
        return self._throttle.retry_after(source_of(visitor.address), self._clock()) or _PAUSE_SECONDS


def _seen(answer: Allowed, now: datetime) -> Allowed:
    # Asked of the whole answer: a request that goes on by its key, or is refused, is nobody's presence.
    if answer.via.method != decision.BROWSER_SESSION or answer.life is None or answer.via.session_id is None:
        return answer
    presence.touch(answer.via.session_id, now)
    return replace(answer, life=answer.life.seen(now))


def _warn_of_clock(facts: SessionFacts | None, now: datetime) -> None:
    if facts and decision.did_clock_step_back(facts, now):
        log.warning(
            "The clock stepped back: session %s was seen at %s, and it is %s; refused",
            facts.session_id,
            facts.newest_at,
            now,
        )


def _throttled(denied: Denied) -> Denied:
    return replace(denied, reason=Reason.THROTTLED, text=THROTTLED_TEXT, detail="", expired_at=None)


def _caller(principal: Principal, via: Via, visitor: Visitor) -> Caller:
    return Caller(principal, via, address=visitor.address, user_agent=visitor.user_agent)


def _known(facts: object | None) -> str:
    return "known" if facts is not None else "unknown here"
