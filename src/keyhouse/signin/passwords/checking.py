"""Sign-in with what is typed into the form, or comes over Basic: directories first, then the passwords of this site.

Those are the library's: Argon2id, rate limits, one silence for all failures.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.core.assurance import HowSignedIn
from keyhouse.core.decision import PasswordRefused
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import PASSWORD_TEXT, Reason, log_text
from keyhouse.signin.directories import Directories, Vouched
from keyhouse.signin.entering import Entered, FactorNeeded, SignIns, caller_of
from keyhouse.signin.method import SignInFailed
from keyhouse.signin.passwords.adapter import ADDRESS
from keyhouse.signin.passwords.default_domain import completed
from keyhouse.signin.passwords.login_names import canonical
from keyhouse.signin.pending import Proof
from keyhouse.signin.policy import FactorPolicy

_TOLD = (
    Reason.ACCOUNT_NOT_CREATED,
    Reason.IDENTITY_UNCONFIRMED,
    Reason.PROVIDER_REFUSED,
    Reason.PROVIDER_DOWN,
)
"""What is told of a directory, the first of them first: only who has the password there can meet the first three."""


class Passwords:
    """Checks passwords and signs in with them; built once by the composition root."""

    def __init__(self, sign_ins: SignIns, policy: FactorPolicy, directories: Directories) -> None:
        self._sign_ins = sign_ins
        self._policy = policy
        self._directories = directories

    def take_names(self) -> bool:
        """Tell whether people may sign in with a name that is no e-mail address: a directory may know it."""
        return self._directories.are_there()

    def check(
        self, email: str, password: str, address: str
    ) -> tuple[Principal, HowSignedIn] | Reason | PasswordRefused:
        """Check a password that came over Basic, where it is enough; no browser session is opened."""
        request = HttpRequest()
        request.method = "POST"
        request.META.update({ADDRESS: address, "SERVER_NAME": "localhost", "SERVER_PORT": "80"})
        try:
            proof = self._proved(request, email, password)
        except SignInFailed as failed:
            return PasswordRefused(failed.reason, failed.text, failed.detail)
        if isinstance(proof, Reason):
            return proof
        # Said to who has the password alone: it tells nobody else whether the account exists.
        if self._policy.needs(proof.user, proof.how):
            return Reason.SECOND_FACTOR_NEEDED
        return Principal(proof.user.id, proof.user.email, proof.user.display_name), proof.how

    def sign_in(
        self, request: HttpRequest, email: str, password: str, return_url: str = ""
    ) -> Entered | FactorNeeded | Reason:
        """Sign a browser in: a new session under a new cookie. The attempt is audited, whatever its outcome.

        Raises `SignInFailed` where a directory is down, or lets in whom this site does not.
        """
        try:
            proof = self._proved(request, email, password)
        except SignInFailed as failed:
            self._sign_ins.record_failure(request, email, failed.reason, failed.detail)
            if failed.reason in _TOLD:
                raise
            return failed.reason
        outcome = proof if isinstance(proof, Reason) else self._sign_ins.admit(request, proof, return_url)
        if isinstance(outcome, Reason):
            self._sign_ins.record_failure(request, email, outcome)
        return outcome

    def verify(self, request: HttpRequest, user: User, password: str) -> Reason | None:
        """Say why this is not the password of a user who is signed in, or None where it is; slowed as a sign-in is."""
        try:
            proof = self._proved(request, user.email, password, user)
        except SignInFailed as failed:
            return failed.reason
        if isinstance(proof, Reason):
            return proof
        return None if proof.user.id == user.id else Reason.PASSWORD_WRONG

    def _proved(self, request: HttpRequest, login: str, password: str, user: User | None = None) -> Proof | Reason:
        """Return what a password proves; with a user only of them, so that nothing is made or linked."""
        # The library's table has no room for what no address is; a NUL in it is PostgreSQL's to choke on.
        name = canonical(completed(login))
        if name is None or len(completed(login)) > 254 or len(password) > 4096 or "\0" in password:
            return Reason.ACCOUNT_UNKNOWN
        with request_context(request):
            adapter: Any = get_adapter(request)
            try:
                adapter.count(request, self._directories.counted_as(name))
            except ValidationError:
                return Reason.THROTTLED
            failures: list[SignInFailed] = []
            directories = self._directories
            for answer in directories.ask_again(user, password) if user else directories.ask(login, password):
                proof = self._of_directory(request, answer, user)
                if isinstance(proof, Proof):
                    adapter.take_back()
                    return proof if proof.user.is_active else Reason.ACCOUNT_DEACTIVATED
                failures.append(proof)
            found = _of_this_site(adapter, request, completed(login), password)
        if isinstance(found, Reason):
            return _told(found, failures)
        return Proof(found, self._sign_ins.how(("pwd",)))

    def _of_directory(
        self, request: HttpRequest, answer: Vouched | SignInFailed, user: User | None
    ) -> Proof | SignInFailed:
        if isinstance(answer, SignInFailed):
            return answer
        try:
            account = user or self._directories.account_of(answer, caller_of(request))
        except SignInFailed as failed:
            return failed
        return self._sign_ins.proof_of(answer.provider, answer.identity, account)


def _told(reason: Reason, failures: list[SignInFailed]) -> Reason:
    """Return why nobody lets in, or raise the failure that says most; the log gets all of them."""
    if not failures:
        return reason
    details = "; ".join(failed.detail for failed in failures)
    first = next((failed for told in _TOLD for failed in failures if failed.reason is told), None)
    if first is None:
        raise SignInFailed(reason, PASSWORD_TEXT, f"{log_text(reason)}; {details}")
    first.detail = details
    raise first


def _of_this_site(adapter: Any, request: HttpRequest, email: str, password: str) -> User | Reason:
    user = adapter.authenticate(request, email=email.strip().lower(), password=password)
    if user is not None and user.email != email.strip().lower():
        # The database may think more letters alike than we do; each spelling would have a rate limit of its own.
        user = None
    if user is None:
        is_known = User.objects.filter(email=email.strip().lower()).exists()
        return Reason.PASSWORD_WRONG if is_known else Reason.ACCOUNT_UNKNOWN
    return user if user.is_active else Reason.ACCOUNT_DEACTIVATED
