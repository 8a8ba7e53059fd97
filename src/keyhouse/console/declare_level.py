"""The level of sign-in on the declaration page: it is not declared but proved, and the page says how."""

from dataclasses import dataclass

from keyhouse.accounts.models import User
from keyhouse.console.sign_in_words import how_in_words, of_key, of_session
from keyhouse.core.assurance import Assurance
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.declarations.standing import assurance_of
from keyhouse.keys.models import ApiKey
from keyhouse.sessions.models import BrowserSession
from keyhouse.web.call import Call
from keyhouse.web.standing_words import WANTED


@dataclass(frozen=True)
class WeakKey:
    """An API key of the person that was made after a weaker sign-in than the folder demands."""

    key_id: str
    description: str
    how: str


@dataclass(frozen=True)
class ShownLevel:
    """What the folder demands of the sign-in, and how the person stands; the URLs are empty where they lead nowhere."""

    wanted: str
    how: str
    is_met: bool
    prove_url: str = ""
    set_up_url: str = ""
    tools_url: str = ""
    key: WeakKey | None = None


def shown_level(call: Call, return_url: str) -> ShownLevel | None:
    """Return what the page says of the level, or None where none is demanded."""
    wanted = call.standing.demand.assurance
    if wanted is Assurance.UNKNOWN:
        return None
    is_met = assurance_of(call.allowed) >= wanted
    key = _weak_key(call, wanted)
    return ShownLevel(
        wanted=WANTED[wanted],
        how=_own_words(call),
        is_met=is_met and key is None,
        prove_url="" if is_met else _prove_url(call, wanted, return_url),
        set_up_url="" if is_met else _set_up_url(call, wanted),
        tools_url=call.url("security-externalToolsView.view", "/") if is_met and key else "",
        key=key,
    )


def _prove_url(call: Call, wanted: Assurance, return_url: str) -> str:
    """Return where to prove more; nowhere for who has nothing to prove it with."""
    how = call.allowed.via.how
    came_by_provider = how is not None and how.configuration is not None
    if call.allowed.via.method != BROWSER_SESSION or not (came_by_provider or _has_factor(call, wanted)):
        return ""
    here = call.url("login-declare.view", **({"returnUrl": return_url} if return_url else {}))
    return call.url("login-reauthenticate.view", "/", stepUp=1, returnUrl=here)


def _set_up_url(call: Call, wanted: Assurance) -> str:
    may = call.allowed.via.method == BROWSER_SESSION and not call.is_impersonating
    return call.url("login-secondFactors.view", "/") if may and not _has_factor(call, wanted) else ""


def _has_factor(call: Call, wanted: Assurance) -> bool:
    user = User.objects.get(id=call.allowed.signed_in.id)
    if wanted is Assurance.PHISHING_RESISTANT:
        return bool(call.site.second_factors.passkeys.of(user.id))
    return call.site.factors.can_show_factor(user.id)


def _weak_key(call: Call, wanted: Assurance) -> WeakKey | None:
    """Return the key that led here, where it is the person's own and too weak."""
    key_id = call.parameters.text("keyId")
    if not key_id or call.is_impersonating:
        return None
    key = ApiKey.objects.filter(key_id=key_id, owner_id=call.principal.id, revoked_at=None).first()
    if key is None or (key.assurance or 0) >= wanted:
        return None
    return WeakKey(key.key_id, key.description, of_key(key))


def _own_words(call: Call) -> str:
    row = BrowserSession.objects.filter(public_id=call.allowed.via.session_id or "").first()
    return of_session(row) if row else how_in_words(call.allowed.via.how)
