"""API keys on the declaration page: those that one may declare for, and which of them are suspended."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from keyhouse.compliance.declaring import Declared, lacking
from keyhouse.console.suspended import in_force
from keyhouse.keys.models import ApiKey
from keyhouse.web.call import Call


@dataclass(frozen=True)
class KeyChoice:
    """One API key of the person."""

    row_id: int
    key_id: str
    description: str
    is_suspended: bool
    is_chosen: bool
    words: str


def choices(call: Call) -> list[KeyChoice]:
    """Offer the person's own keys. All suspended ones are chosen where a refused key led here."""
    chosen = {str(each) for each in call.parameters.all("key")}
    is_sent, came_with = call.request.method == "POST", call.parameters.text("keyId")
    offered, keys, scope_id = [], list(own_keys(call)), call.standing.scope_id
    made = in_force(keys, [scope_id])
    for key in keys:
        declared = made.get((key.pk, scope_id))
        # A level is proved, not declared: a key that lacks it alone is no key to declare for.
        level = call.standing.demand.assurance
        suspended = bool(lacking(call.standing.demand, declared, level, call.site.clock()))
        is_chosen = str(key.pk) in chosen if is_sent else bool(came_with) and suspended
        offered.append(KeyChoice(key.pk, key.key_id, key.description, suspended, is_chosen, _words(key, declared)))
    return offered


def chosen_keys(call: Call) -> list[ApiKey]:
    """Return the chosen keys, as far as they are the person's own and live."""
    numbers = [int(text) for text in map(str, call.parameters.all("key")) if text.isdecimal() and len(text) <= 18]
    return list(own_keys(call).filter(id__in=numbers))


def own_keys(call: Call) -> "QuerySet[ApiKey]":
    """Find the keys of the person that live, the newest first."""
    if call.is_impersonating:
        # Nobody declares for the keys of whom they impersonate.
        return ApiKey.objects.none()
    lives = Q(expires_at=None) | Q(expires_at__gt=call.site.clock())
    own = ApiKey.objects.filter(lives, owner_id=call.principal.id, revoked_at=None)
    return own.order_by("-created_at", "-id")


def _words(key: ApiKey, declared: Declared | None) -> str:
    return ", ".join(_facts(key, declared))


def _facts(key: ApiKey, declared: Declared | None) -> Iterable[str]:
    if key.description:
        yield key.key_id
    yield f"made {key.created_at:%Y-%m-%d}"
    if key.last_used_at:
        yield f"last used {key.last_used_at:%Y-%m-%d}"
    yield f"declared {declared.at:%Y-%m-%d}" if declared else "nothing declared for it yet"
