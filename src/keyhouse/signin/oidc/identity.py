"""From the claims of a provider to an identity: who it is, whether the address counts, and how surely."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from keyhouse.core.assurance import Assurance
from keyhouse.core.reasons import Reason
from keyhouse.signin.method import Identity, Provider, SignInFailed
from keyhouse.signin.oidc.settings import lines_of, text_of

_ADDRESS = "email"
_ALWAYS = "*"
"""As a level's value: every answer has it."""
_MOST_GROUPS = 1_000
_MOST_METHODS = 10
_LONGEST_METHOD = 40
_NOT_MEANT = "{0} knows you, but this site is not meant for you. Ask whoever runs it."


def is_incomplete(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Tell whether the ID token lacks what the provider may say elsewhere."""
    address = text_of(provider, "email_claim")
    wanted = [address, text_of(provider, "name_claim"), *(name for name, _ in _required(provider))]
    if address == _ADDRESS:
        wanted.append("email_verified")
    return any(name and name not in claims for name in wanted)


def identity_of(
    provider: Provider, claims: Mapping[str, Any], userinfo: Mapping[str, Any], sign_out_with: Mapping[str, str]
) -> Identity:
    """Return who the provider vouches for. Raises `SignInFailed` for one of whom a required claim does not hold.

    The ID token is signed, so what it says goes before what the other answer says; what tells of the sign-in itself
    counts from there alone.
    """
    said = {**userinfo, **claims}
    for name, value in _required(provider):
        if not _holds(said.get(name), value):
            detail = f"the claim {name} is not {value}"
            raise SignInFailed(Reason.PROVIDER_REFUSED, _NOT_MEANT.format(provider.description), detail)
    email, is_verified = _address(provider, claims, userinfo)
    methods = _methods(claims)
    return Identity(
        subject=str(claims["sub"]),
        email=email,
        is_email_verified=is_verified,
        display_name=_text(said.get(text_of(provider, "name_claim")))[:100],
        methods=methods,
        assurance=_assurance(provider, claims),
        signed_in_at=_moment(claims.get("auth_time")),
        groups=frozenset(_texts(said.get(text_of(provider, "groups_claim")))),
        session_name=_text(claims.get("sid")),
        sign_out_with=sign_out_with,
    )


def _address(provider: Provider, claims: Mapping[str, Any], userinfo: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the address, and whether it is its person's: said in the same place, of the same claim.

    Entra ID says an address that its administrators, of any tenant, may write at will (nOAuth), and says nothing of its
    being verified: silence is not yes.
    """
    name, does_trust = text_of(provider, "email_claim"), provider.flag("trusts_addresses")
    places = [place for place in (claims, userinfo) if _text(place.get(name))]
    if not places:
        return "", False
    email = _text(places[0].get(name))
    agreeing = [place for place in places if _text(place.get(name)).lower() == email.lower()]
    marks = [place.get("email_verified") for place in agreeing] if name == _ADDRESS else []
    said = [mark for mark in marks if mark is not None]
    if said:
        return email, all(_is_yes(mark) for mark in said)
    is_of_owner = name == _ADDRESS and any(_is_yes(place.get("xms_edov")) for place in agreeing)
    return email, does_trust or is_of_owner


def _assurance(provider: Provider, claims: Mapping[str, Any]) -> Assurance:
    said = {_ALWAYS, *_texts(claims.get("acr")), *_texts(claims.get("amr"))}
    for setting, level in (
        ("phishing_resistant_values", Assurance.PHISHING_RESISTANT),
        ("two_factor_values", Assurance.TWO_FACTORS),
    ):
        if any(said.issuperset(_together(line)) for line in lines_of(provider, setting)):
            return level
    return Assurance.SINGLE


def _together(line: str) -> set[str]:
    # The value of an acr may be an address with a plus in it; of amr it never is.
    return {line} if ":" in line else {part.strip() for part in line.split("+") if part.strip()}


def _methods(claims: Mapping[str, Any]) -> tuple[str, ...]:
    named = [each for each in _texts(claims.get("amr")) if len(each) <= _LONGEST_METHOD and " " not in each]
    return tuple(dict.fromkeys(named))[:_MOST_METHODS]


def _required(provider: Provider) -> Iterable[tuple[str, str]]:
    for line in lines_of(provider, "required_claims"):
        name, _, value = line.partition("=")
        yield name.strip(), value.strip()


def _holds(said: Any, value: str) -> bool:
    if isinstance(said, bool):
        return str(said).lower() == value.lower()
    return value in _texts(said)


def _is_yes(value: Any) -> bool:
    # Some providers spell their booleans out, or write them as numbers.
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in {"true", "1"})


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) and value.isprintable() else ""


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for each in values[:_MOST_GROUPS] if (text := _text(str(each) if isinstance(each, int) else each))]
