"""Why a directory refuses an account whose password may be right: disabled, expired, locked; for the log alone.

The person reads the same text as for a wrong password: who guesses learns nothing.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import ldap
from ldap.controls import DecodeControlTuples, LDAPControl
from ldap.controls.ppolicy import PasswordPolicyControl

_DATA = re.compile(r"\bdata ([0-9a-f]{1,8})\b", re.IGNORECASE)
_ACTIVE_DIRECTORY = {
    "525": "no such user",
    "530": "may not sign in at this hour",
    "531": "may not sign in at this machine",
    "532": "the password has expired",
    "533": "the account is disabled",
    "568": "in too many groups",
    "701": "the account has expired",
    "773": "the password must be changed",
    "775": "the account is locked",
}
"""Sub-codes of error 49 in Active Directory; 52e is a wrong password."""
_POLICY = (
    "the password has expired",
    "the account is locked",
    "the password must be changed",
)
"""Errors of the password policy control (draft-behera-ldap-password-policy, 6.2); later ones concern changing."""
_DISABLED_BIT = 0x2
_WINDOWS_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = {0, 0x7FFFFFFFFFFFFFFF}
STATE_ATTRIBUTES = (
    "userAccountControl",
    "accountExpires",
    "nsAccountLock",
    "pwdAccountLockedTime",
    "loginDisabled",
    "shadowExpire",
    "krbPrincipalExpiration",
)
"""What the entry of a person says of their account, in Active Directory, 389, FreeIPA, OpenLDAP and eDirectory."""


def of_words(text: str) -> str:
    """Return what a refused bind says of the account, in words; empty where it says nothing."""
    found = _DATA.search(text)
    if found:
        return _ACTIVE_DIRECTORY.get(found[1].lower(), "")
    # 389 and FreeIPA say it in words.
    return text if re.search(r"inactivat|locked|expired|retry limit", text, re.IGNORECASE) else ""


def of_error(error: ldap.LDAPError) -> str:
    """Return what the password policy says beside a refused bind; empty where it says nothing."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return of_controls(DecodeControlTuples(told.get("ctrls") or []))


def of_controls(controls: Sequence[LDAPControl]) -> str:
    """Return what the password policy says beside the answer to a bind; empty where all is well."""
    for control in controls:
        if isinstance(control, PasswordPolicyControl) and control.error is not None and control.error < len(_POLICY):
            return _POLICY[control.error]
    return ""


def of_entry(values: Mapping[str, Sequence[str]], now: datetime) -> str:
    """Return why an entry may not sign in, by what it says of itself; empty where nothing is in the way."""

    def first(name: str) -> str:
        return next(iter(values.get(name.lower(), ())), "").strip()

    if _number(first("userAccountControl"), 0) & _DISABLED_BIT:
        return "the account is disabled"
    if any(first(name).lower() == "true" for name in ("nsAccountLock", "loginDisabled")):
        return "the account is disabled"
    # 000001010000Z: locked by hand. Any other moment may be over by now; then the bind has decided.
    if first("pwdAccountLockedTime").startswith("0000"):
        return "the account is locked"
    has_ended = (_has_windows_time_come, _has_day_come, _has_moment_come)
    named = ("accountExpires", "shadowExpire", "krbPrincipalExpiration")
    if any(ended(first(name), now) for ended, name in zip(has_ended, named, strict=True)):
        return "the account has expired"
    return ""


def _has_windows_time_come(text: str, now: datetime) -> bool:
    # Tenths of microseconds since 1601.
    ticks = _number(text, 0)
    return ticks not in _NEVER and ticks > 0 and timedelta(microseconds=ticks // 10) <= now - _WINDOWS_EPOCH


def _has_day_come(text: str, now: datetime) -> bool:
    # Days since 1970; RFC 2307.
    days = _number(text, -1)
    return days > 0 and days <= now.timestamp() // 86_400


def _has_moment_come(text: str, now: datetime) -> bool:
    # Generalized time, in UTC as servers write it.
    found = re.fullmatch(r"(\d{14})(?:\.\d+)?Z", text)
    return found is not None and now.strftime("%Y%m%d%H%M%S") >= found[1]


def _number(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,20}", text) else otherwise
