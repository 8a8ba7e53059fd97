"""Reset and change a password. Asking for a reset answers the same whether the account exists or not."""

import logging
import threading

from allauth.account.forms import default_token_generator
from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from allauth.core import ratelimit
from allauth.core.context import request_context
from allauth.core.exceptions import RateLimited
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.accounts.users import Users
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller

log = logging.getLogger("keyhouse.signin")
_SUBJECT = "Choose a new password for {site}"
_TEXT = """Hello {name},

somebody, probably you, asked for a new password for {email} at {site}.
Open this address to choose one; it works once, within a day:

{url}

If it was not you, do nothing: your password stays as it is.
"""


_WELCOME = "Welcome to {site}"
_WELCOME_TEXT = """Hello {name},

an account was made for {email} at {site}.
Open this address to choose a password; it works once, within a day:

{url}
{message}"""


class PasswordResets:
    """Writes reset mails and takes their links back; built once by the composition root."""

    def __init__(self, users: Users, recorder: Recorder, is_mail_slow: bool = False) -> None:
        self._users = users
        self._recorder = recorder
        self._is_mail_slow = is_mail_slow

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
        if user is not None:
            self._recorder.record(Event(Kind.PASSWORD_RESET_ASKED, caller, f"A reset link was sent to {address}."))
            self.send(user, page_url, site_name)
        return True

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
        self._mail(_WELCOME.format(site=site_name), text, user)

    def send(self, user: User, page_url: str, site_name: str) -> None:
        """Send a user a link to choose a new password."""
        url = self.link_for(user, page_url)
        text = _TEXT.format(name=user.display_name, email=user.email, site=site_name, url=url)
        self._mail(_SUBJECT.format(site=site_name), text, user)

    def _mail(self, subject: str, text: str, user: User) -> None:
        if self._is_mail_slow:
            # Talking to a mail server takes time, which would tell who has an account.
            threading.Thread(target=_deliver, args=(subject, text, user.email), name="reset mail").start()
        else:
            _deliver(subject, text, user.email)


def _deliver(subject: str, text: str, address: str) -> None:
    try:
        send_mail(subject, text, None, [address], fail_silently=False)
    except OSError:
        # Not an answer to the visitor: an error would tell that the account exists.
        log.exception("The mail with a reset link for %s could not be sent; check smtp_url", address)
