"""What Duo's verified token proves: whether it let the person pass, and by what."""

from collections.abc import Mapping
from typing import Any

from keyhouse.core.assurance import Assurance
from keyhouse.signin.factors.shown import Shown

_METHODS: Mapping[str, tuple[str, ...]] = {
    "duo_push": ("swk",),
    "verified_duo_push": ("swk",),
    "phone_call": ("tel",),
    "sms_passcode": ("sms", "otp"),
    "passcode": ("otp",),
    "duo_mobile_passcode": ("otp",),
    "hardware_token": ("otp",),
    "digipass_go_7_token": ("otp",),
    "yubikey_code": ("otp",),
    "yubikey_passcode": ("otp",),
}
_BOUND_TO_DUO = ("webauthn", "u2f", "platform", "roaming", "security key", "touch id", "windows hello", "passkey")
"""Words in the names of factors that no look-alike page gets at."""
_WITHOUT_FACTOR = frozenset(
    {
        "bypass",
        "bypass_user",
        "allow_unenrolled_user",
        "allow_unenrolled_user_on_trusted_network",
        "allowed_by_policy",
        "trusted_network",
        "trusted_location",
        "user_not_in_permitted_group",
    }
)


class NotAllowed(Exception):
    """Duo did not let the person pass; the text says why, for the log."""


def shown(token: Mapping[str, Any]) -> Shown:
    """Return what a token proves that its library has verified. Raises `NotAllowed`.

    Duo's administrators can let people past it, who then have shown no second factor: that counts as one factor.
    """
    result, context = _part(token, "auth_result"), _part(token, "auth_context")
    if result.get("result") != "allow" or context.get("result") not in {None, "success", "SUCCESS"}:
        raise NotAllowed(f"Duo's result is {str(result.get('result'))[:50]!r}")
    if {str(result.get("status")).lower(), str(context.get("reason")).lower()} & _WITHOUT_FACTOR:
        return Shown((), Assurance.SINGLE)
    factor = str(context.get("factor") or "").lower()
    if any(word in factor for word in _BOUND_TO_DUO):
        return Shown(("mfa", "hwk"), Assurance.PHISHING_RESISTANT)
    return Shown(("mfa", *_METHODS.get(factor.replace(" ", "_"), ())))


def _part(token: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = token.get(name)
    return value if isinstance(value, dict) else {}
