"""People who register themselves: a link in a mail, and then a password. The answer never tells who has an account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from allauth.core import ratelimit
from allauth.core.context import request_context
from allauth.core.exceptions import RateLimited
from django.core import signing
from django.db import transaction
from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.accounts.names import AccountError, email_of, one_line
from keyhouse.accounts.users import Users
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.signin.passwords.mailing import Mailing
from keyhouse.signin.providers import Providers
from keyhouse.signin.spent import spend
from keyhouse.siteconfig import store

_SALT = "keyhouse registration"
_LIFE = timedelta(days=1)
_NOBODY = 0
"""The number of no configuration: what was spent here is no provider's."""
_SUBJECT = "Confirm your e-mail address for {site}"
_TEXT = """Hello,

somebody, probably you, wants an account for {email} at {site}.
Open this address to choose a password; it works once, within a day:

{url}

If it was not you, do nothing: no account is made.
"""
_KNOWN_SUBJECT = "You have an account at {site}"
_KNOWN_TEXT = """Hello {name},

somebody, probably you, wanted to register {email} at {site}, where it has an account already.
Sign in, or choose a new password, here:

{url}

If it was not you, do nothing.
"""


@dataclass(frozen=True)
class Applicant:
    """Whose address was confirmed by the link of a mail."""

    email: str
    display_name: str


class Registrations:
    """Takes registrations where the site lets people register; built once by the composition root."""

    def __init__(
        self, users: Users, recorder: Recorder, providers: Providers, mailing: Mailing, clock: Callable[[], datetime]
    ) -> None:
        self._users = users
        self._recorder = recorder
        self._providers = providers
        self._mailing = mailing
        self._clock = clock

    def problem_of(self, email: str) -> str:
        """Say why an address cannot register, by the address alone; nothing where it can."""
        try:
            claimed = self._providers.of_domain(email_of(email))
        except AccountError as error:
            return str(error)
        domain = email.rpartition("@")[2].strip().lower()
        return f"Addresses of {domain} sign in through {claimed.description}: no registration." if claimed else ""

    def ask(self, request: HttpRequest, email: str, name: str, page_url: str, caller: Caller) -> bool:
        """Send a link to an address without an account; False when this visitor or address asked too often."""
        address = email_of(email)
        try:
            with request_context(request):
                if not ratelimit.consume(request, action="signup", key=address):
                    return False
        except RateLimited:
            return False
        comment = f"Somebody asked to register {address}."
        self._recorder.record(Event(Kind.REGISTRATION_ASKED, caller, comment))
        user = User.objects.filter(email=address).first()
        if user is None:
            self._send_link(address, one_line(name)[:150], page_url)
        elif user.is_active and not user.is_service:
            self._send_reminder(user, page_url)
        return True

    def applicant_of(self, token: str) -> Applicant | None:
        """Return who confirmed an address by this link, while it still works."""
        try:
            kept = signing.loads(token, salt=_SALT, max_age=_LIFE)
        except signing.BadSignature:
            return None
        applicant = Applicant(kept["email"], kept["name"])
        if not store.read().self_registration or self.problem_of(applicant.email):
            return None
        return None if User.objects.filter(email=applicant.email).exists() else applicant

    def register(self, token: str, applicant: Applicant, password: str, caller: Caller) -> User | None:
        """Make the account with the password that the person chose; None where the link was used already.

        Raises `AccountError` for a weak password, after which the link still works.
        """
        with transaction.atomic():
            user = self._users.add(applicant.email, caller, password, applicant.display_name)
            if not spend(_NOBODY, token, self._clock() + _LIFE):
                transaction.set_rollback(True)
                return None
        return user

    def _send_link(self, address: str, name: str, page_url: str) -> None:
        token, site = signing.dumps({"email": address, "name": name}, salt=_SALT), store.read().site_name
        url = f"{page_url}?{urlencode({'key': token})}"
        # Without the name: what a stranger typed is not for us to send to whom they like.
        text = _TEXT.format(email=address, site=site, url=url)
        self._mailing.send(_SUBJECT.format(site=site), text, address)

    def _send_reminder(self, user: User, page_url: str) -> None:
        url, site = f"{page_url.rpartition('/')[0]}/login-login.view", store.read().site_name
        text = _KNOWN_TEXT.format(name=user.display_name, email=user.email, site=site, url=url)
        self._mailing.send(_KNOWN_SUBJECT.format(site=site), text, user.email)
