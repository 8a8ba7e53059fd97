"""Reset and change a password. Asking for a reset answers the same whether the account exists or not."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from allauth.core import ratelimit
from allauth.core.context import request_context
from allauth.core.exceptions import RateLimited
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.accounts.users import Users
from keyhouse.audit import Event, Kind, Outcome
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.signin.passwords.mailing import Mailing
from keyhouse.signin.providers import Providers

_SUBJECT = "Choose a new password for {site}"
_TEXT = """Hello {name},

somebody, probably you, asked for a new password for {email} at {site}.
Open this address to choose one; it works once, within a day:

{url}

If it was not you, do nothing: your password stays as it is.
"""


_WAYS = "How you sign in at {site}"
_WAYS_TEXT = """Hello {name},

somebody, probably you, asked for a new password for {email} at {site}.
This account has no password: you sign in through {ways}, here:

{url}

Scripts use an API key, which you make on the page External Tool Access.
"""
_WELCOME = "Welcome to {site}"
_WELCOME_TEXT = """Hello {name},

an account was made for {email} at {site}.
Open this address to choose a password; it works once, within a day:

{url}
{message}"""


class PasswordResets:
    """Writes reset mails and takes their links back; built once by the composition root."""

    def __init__(self, users: Users, recorder: Recorder, providers: Providers, mailing: Mailing) -> None:
        self._users = users
        self._recorder = recorder
        self._providers = providers
        self._mailing = mailing

    def ask(self, request: HttpRequest, email: str, page_url: str, site_name: str, caller: Caller) -> bool:
        """Send a link to a person who has a password here; False when this address or mail asked too often."""
        address = email.strip().lower()[:254]
        try:
            with request_context(request):
                if not ratelimit.consume(request, action="reset_password", key=address):
                    return False
        except RateLimited:
            return False
        user = User.objects.filter(email=address, is_active=True, is_service=False).first()
        if user is not None and (ways := self._ways_of(user)):
            comment = f"A mail was sent to {address} that says how it signs in: the account has no password."
            self._recorder.record(Event(Kind.PASSWORD_RESET_ASKED, caller, comment))
            self._send_ways(user, ways, page_url, site_name)
        elif user is not None:
            # In one: the library writes something of its own with the first link of an account.
            with transaction.atomic():
                self._recorder.record(Event(Kind.PASSWORD_RESET_ASKED, caller, f"A reset link was sent to {address}."))
                url = self.link_for(user, page_url)
            self._send_link(user, url, site_name)
        else:
            # A row for those alone who are there takes the time of a disk, which would tell.
            comment = f"A reset link was asked for {address}, where there is nobody to send one."
            self._recorder.record(Event(Kind.PASSWORD_RESET_ASKED, caller, comment, Outcome.REFUSED))
        return True

    def _ways_of(self, user: User) -> list[str]:
        """Return by what a person signs in whom a provider answers for; nothing where a password is what is missing.

        A link for them would be a way in past the provider, and past what it asks for.
        """
        if user.has_usable_password():
            return []
        linked = user.identities.order_by("id").values_list("configuration__description", flat=True)
        claiming = self._providers.of_domain(user.email)
        return list(dict.fromkeys(linked)) or ([claiming.description] if claiming else [])

    def _send_ways(self, user: User, ways: list[str], page_url: str, site_name: str) -> None:
        url = f"{page_url.rpartition('/')[0]}/login-login.view"
        names = " or ".join(ways)
        text = _WAYS_TEXT.format(name=user.display_name, email=user.email, site=site_name, ways=names, url=url)
        self._mailing.send(_WAYS.format(site=site_name), text, user.email)

    def link_for(self, user: User, page_url: str) -> str:
        """Return a link with which this user chooses a password, for an administrator to hand on."""
        return f"{page_url}?uid={user_pk_to_url_str(user)}&key={default_token_generator.make_token(user)}"

    def user_of(self, uid: str, key: str) -> User | None:
        """Return the user whose link this is, while it still works."""
        try:
            user = User.objects.filter(id=url_str_to_user_pk(uid), is_active=True).first()
        except (ValueError, OverflowError, ValidationError):
            return None
        return user if user and default_token_generator.check_token(user, key) else None

    def reset(self, user: User, password: str, caller: Caller) -> None:
        """Set the password that the person chose; every session ends. Raises `AccountError` for a weak one."""
        self._users.set_password(user, password, caller)

    def invite(self, user: User, page_url: str, site_name: str, message: str = "") -> None:
        """Send a new user a link to choose a first password, with a message of who made the account."""
        url, added = self.link_for(user, page_url), f"\n{message.strip()[:4000]}\n" if message.strip() else ""
        text = _WELCOME_TEXT.format(name=user.display_name, email=user.email, site=site_name, url=url, message=added)
        self._mailing.send(_WELCOME.format(site=site_name), text, user.email)

    def send(self, user: User, page_url: str, site_name: str) -> None:
        """Send a user a link to choose a new password."""
        self._send_link(user, self.link_for(user, page_url), site_name)

    def _send_link(self, user: User, url: str, site_name: str) -> None:
        text = _TEXT.format(name=user.display_name, email=user.email, site=site_name, url=url)
        self._mailing.send(_SUBJECT.format(site=site_name), text, user.email)
