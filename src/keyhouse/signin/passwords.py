"""Sign-in by e-mail address and password, through the library: Argon2id, rate limits, one silence for all failures."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core.context import request_context
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind, Outcome
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.decision import PASSWORD, Via
from keyhouse.core.digests import digest
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import Reason, log_text
from keyhouse.core.tokens import redacted
from keyhouse.sessions.ending import Sessions, Why, in_words
from keyhouse.signin.adapter import ADDRESS


class Passwords:
    """Checks passwords, signs in and signs out; built once by the composition root."""

    def __init__(self, recorder: Recorder, sessions: Sessions) -> None:
        self._recorder = recorder
        self._sessions = sessions

    def check(self, email: str, password: str, address: str) -> Principal | Reason:
        """Check a password that came over Basic; no browser session is opened."""
        request = HttpRequest()
        request.method = "POST"
        request.META.update({ADDRESS: address, "SERVER_NAME": "localhost", "SERVER_PORT": "80"})
        user = self._authenticated(request, email, password)
        if isinstance(user, Reason):
            return user
        return Principal(user.id, user.email, user.display_name)

    def sign_in(self, request: HttpRequest, email: str, password: str) -> User | Reason:
        """Sign a browser in: a new session under a new cookie. The attempt is audited, whatever its outcome."""
        user = self._authenticated(request, email, password)
        if isinstance(user, Reason):
            name = redacted(email)[:254]
            self._record(request, Kind.SIGN_IN_FAILED, Principal(0, name, name), log_text(user), user)
            return user
        principal = Principal(user.id, user.email, user.display_name)
        if cookie := request.session.session_key:
            before = Q(digest=digest(cookie))
            self._sessions.end(before, _caller(request, principal), Why.NEW_SIGN_IN)
        # The framework keeps the session where the same person signs in again; a sign-in always begins a new one.
        request.session.flush()
        with request_context(request):
            perform_password_login(request, {"email": user.email}, Login(user=user, email=user.email))
        self._record(request, Kind.SIGN_IN, principal, f"{user.email} signed in with a password.")
        return user

    def sign_out(self, request: HttpRequest, caller: Caller) -> None:
        """End the session of this browser, and with it everything that hangs on it.

        A program with a session key acts inside the browser's session, so it is that session that ends.
        """
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

    def _authenticated(self, request: HttpRequest, email: str, password: str) -> User | Reason:
        # The library's table has no room for what no address is; a NUL in it is PostgreSQL's to choke on.
        if len(email) > 254 or len(password) > 4096 or "\0" in email + password:
            return Reason.ACCOUNT_UNKNOWN
        try:
            with request_context(request):
                adapter: Any = get_adapter(request)
                user = adapter.authenticate(request, email=email.strip().lower(), password=password)
        except ValidationError:
            return Reason.THROTTLED
        if user is not None and user.email != email.strip().lower():
            # The database may think more letters alike than we do; each spelling would have a rate limit of its own.
            user = None
        if user is None:
            is_known = User.objects.filter(email=email.strip().lower()).exists()
            return Reason.PASSWORD_WRONG if is_known else Reason.ACCOUNT_UNKNOWN
        return user if user.is_active else Reason.ACCOUNT_DEACTIVATED

    def _record(
        self, request: HttpRequest, kind: Kind, principal: Principal, comment: str, reason: Reason | None = None
    ) -> None:
        outcome = Outcome.REFUSED if reason else Outcome.OK
        event = Event(kind, _caller(request, principal), comment, outcome, reason.value if reason else "")
        self._recorder.record(event)


def _caller(request: HttpRequest, principal: Principal) -> Caller:
    agent = request.headers.get("User-Agent", "")
    return Caller(principal, Via(PASSWORD), address=str(request.META.get(ADDRESS, "")), user_agent=agent)
