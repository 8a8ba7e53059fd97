"""Sign-in by e-mail address and password, through the library: Argon2id, rate limits, one silence for all failures."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.core.assurance import HowSignedIn
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import Reason
from keyhouse.signin.adapter import ADDRESS
from keyhouse.signin.entering import Entered, FactorNeeded, SignIns
from keyhouse.signin.pending import Proof
from keyhouse.signin.policy import FactorPolicy


class Passwords:
    """Checks passwords and signs in with them; built once by the composition root."""

    def __init__(self, sign_ins: SignIns, policy: FactorPolicy) -> None:
        self._sign_ins = sign_ins
        self._policy = policy

    def check(self, email: str, password: str, address: str) -> tuple[Principal, HowSignedIn] | Reason:
        """Check a password that came over Basic, where it is enough; no browser session is opened."""
        request = HttpRequest()
        request.method = "POST"
        request.META.update({ADDRESS: address, "SERVER_NAME": "localhost", "SERVER_PORT": "80"})
        proof = self._proved(request, email, password)
        if isinstance(proof, Reason):
            return proof
        # Said to who has the password alone: it tells nobody else whether the account exists.
        if self._policy.needs(proof.user, proof.how):
            return Reason.SECOND_FACTOR_NEEDED
        return Principal(proof.user.id, proof.user.email, proof.user.display_name), proof.how

    def sign_in(
        self, request: HttpRequest, email: str, password: str, return_url: str = ""
    ) -> Entered | FactorNeeded | Reason:
        """Sign a browser in: a new session under a new cookie. The attempt is audited, whatever its outcome."""
        proof = self._proved(request, email, password)
        outcome = proof if isinstance(proof, Reason) else self._sign_ins.admit(request, proof, return_url)
        if isinstance(outcome, Reason):
            self._sign_ins.record_failure(request, email, outcome)
        return outcome

    def verify(self, request: HttpRequest, user: User, password: str) -> Reason | None:
        """Say why this is not the password of a user who is signed in, or None where it is; slowed as a sign-in is."""
        proof = self._proved(request, user.email, password)
        if isinstance(proof, Reason):
            return proof
        return None if proof.user.id == user.id else Reason.PASSWORD_WRONG

    def _proved(self, request: HttpRequest, email: str, password: str) -> Proof | Reason:
        user = self._authenticated(request, email, password)
        return user if isinstance(user, Reason) else Proof(user, self._sign_ins.how(("pwd",)))

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
