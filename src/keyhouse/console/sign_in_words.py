"""How somebody signed in, in words, as lists of sessions and keys and the audit log show it."""

from collections.abc import Mapping
from typing import Any

from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.keys.models import ApiKey
from keyhouse.sessions.how import how_of
from keyhouse.sessions.models import BrowserSession

NOT_RECORDED = "not recorded"
_METHODS = {
    "pwd": "password",
    "otp": "one-time code",
    "hwk": "security key or passkey",
    "swk": "key or app on a device",
    "pin": "PIN",
    "fpt": "fingerprint",
    "face": "face",
    "sms": "text message",
    "mfa": "several factors",
    "user": "person present",
    "kba": "question",
    "tel": "telephone",
}


def in_words(provider: str | None, level: Assurance, methods: tuple[str, ...] = ()) -> str:
    """Say how somebody signed in: ``University SSO · two factors``; the methods, where they are given, in brackets."""
    if provider is None:
        return NOT_RECORDED
    named = ", ".join(_METHODS.get(each, each) for each in methods)
    return f"{provider[:1].upper()}{provider[1:]} · {level.label}{f' ({named})' if named else ''}"


def how_in_words(how: HowSignedIn | None) -> str:
    """Say it of a value."""
    return in_words(how.provider, how.assurance) if how is not None else NOT_RECORDED


def of_session(row: BrowserSession) -> str:
    """Say it of a browser session."""
    return how_in_words(how_of(row))


def of_key(key: ApiKey) -> str:
    """Say it of the sign-in after which an API key was made."""
    return in_words(key.provider, Assurance(key.assurance or 0))


def of_event(details: Mapping[str, Any]) -> str:
    """Say it of the sign-in behind an event of the audit log; nothing where none is known."""
    told = details.get("signIn")
    if not isinstance(told, Mapping) or "provider" not in told:
        return ""
    level = told.get("assurance", 0)
    known = Assurance(level) if level in list(Assurance) else Assurance.UNKNOWN
    return in_words(str(told["provider"]), known, tuple(map(str, told.get("methods", ()))))


def methods_in_words(methods: str | None) -> str:
    """Name the methods of a stored line."""
    return ", ".join(_METHODS.get(each, each) for each in (methods or "").split())
