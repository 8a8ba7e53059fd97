"""What goes into a device login and what comes out, and how the log names it."""

from dataclasses import dataclass
from enum import StrEnum

from keyhouse.core.tokens import redacted
from keyhouse.keys.models import DeviceAuthorization

_NAME_LENGTH = 60


class Withheld(StrEnum):
    """Why no key is handed out: the error codes of RFC 8628, section 3.5, and RFC 6749, section 5.2."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"
    INVALID = "invalid_grant"


@dataclass(frozen=True)
class Asked:
    """What a program says of itself and wants; nobody has checked a word of it."""

    program: str
    host_name: str = ""
    description: str = ""
    seconds: int | None = None


@dataclass(frozen=True)
class Started:
    """The two codes, for the one answer that tells them, and their life."""

    device_code: str
    user_code: str
    expires_in: int
    interval: int

    def __repr__(self) -> str:
        return "<Started>"


@dataclass(frozen=True)
class TooMany:
    """Too many logins started from one address, or too many wrong codes typed by one user; wait this long."""

    retry_after: int


def one_line(text: str) -> str:
    """Return a name as it may stand on a page: one line, no controls that turn the writing round, no key, not long."""
    plain = "".join(character if character.isprintable() else " " for character in redacted(text[:1000]))
    return " ".join(plain.split())[:_NAME_LENGTH]


def words(login: DeviceAuthorization, article: str = "the ") -> str:
    """Name a program and its machine for the log."""
    return f"{article}program {login.program!r}" + (f" on {login.host_name!r}" if login.host_name else "")


def details_of(login: DeviceAuthorization) -> dict[str, object]:
    """Return what every event of a device login tells about it."""
    return {
        "deviceLogin": login.id,
        "program": login.program,
        "hostName": login.host_name,
        "askedFrom": login.address,
    }
