"""What an account may be called."""

import re
from unicodedata import normalize

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

_SEPARATORS = re.compile(r"[._+\-]+")
_BAD_GROUP_NAME = re.compile(r"[^\w .@()'-]")
_PUNCTUATION = re.compile(r"[@./\\\-&~_,]")


class AccountError(Exception):
    """An account or group cannot be made or changed as asked; the text says why and what to do."""


class NameTaken(AccountError):
    """There is an account or group of this name already."""


class UserNotFound(AccountError):
    """There is no user of this address."""


class GroupNotFound(AccountError):
    """There is no group of this name."""


def email_of(text: str) -> str:
    """Return an e-mail address in its one spelling, or raise `AccountError`."""
    email = text.strip().lower()
    if not email.isprintable():
        raise AccountError("An e-mail address has no line ends or control characters.")
    if (email.isascii() and not text.strip().isascii()) or normalize("NFKC", email) != email:
        # The Kelvin sign in lower case is a k, and a full-width letter one of another width: one address would be
        # taken for another's, and mail to it delivered there.
        raise AccountError("This e-mail address has a character that only looks like a letter of it.")
    try:
        validate_email(email)
    except ValidationError:
        # Addresses without a dot after the @ are fine on a laboratory's own network: admin@localhost.
        if not re.fullmatch(r"[^@\s\0]{1,64}@[a-z0-9-]{1,63}", email):
            raise AccountError(f"'{text.strip()[:100]}' is not an e-mail address, such as ada@example.org.") from None
    if len(email) > 254:
        raise AccountError("This e-mail address is longer than 254 characters.")
    return email


def display_name_of(email: str) -> str:
    """Return the name that an address suggests: ``test_user@example.org`` is ``test user``."""
    return _SEPARATORS.sub(" ", email.partition("@")[0]).strip() or email


def one_line(text: str) -> str:
    """Return a name without line ends and control characters, which could forge lines of mail and logs."""
    return "".join(character if character.isprintable() else " " for character in " ".join(text.split())).strip()


def group_name_of(text: str) -> str:
    """Return a group's name trimmed, or raise `AccountError`."""
    name = " ".join(text.split())
    if not name or len(name) > 64:
        raise AccountError("A group's name has 1 to 64 characters.")
    if _BAD_GROUP_NAME.search(name):
        raise AccountError(f"'{name}' has punctuation that a group's name may not have.")
    return name


def wire_group_name_of(text: str) -> str:
    """Return a group's name as the client API demands it, narrower than ours, or raise `AccountError`."""
    if not text.strip():
        raise AccountError("Name cannot be empty")
    if _PUNCTUATION.search(text):
        raise AccountError("Group name should not contain punctuation.")
    if len(text.strip()) > 64:
        raise AccountError("Name value is too long, maximum length is 64 characters.")
    return group_name_of(text)
