"""Rotate a key: a new one takes its place, with its description and, at most, its end (docs/decisions/0008).

At once, or in two steps, so that a client loses nothing when it cannot store the new key: after the first step both
keys are valid, the second is done with the new key and revokes the old one. There are never more than these two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.expiry import NEVER
from keyhouse.keys.issue import ApiKeys, Issued
from keyhouse.keys.models import ApiKey
from keyhouse.siteconfig import SiteSettings


@dataclass(frozen=True)
class Rotated:
    """The new key, and the old one that it replaces."""

    new: Issued
    old: ApiKey


class Rotations:
    """Replaces keys; built once by the composition root."""

    def __init__(self, api_keys: ApiKeys, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._api_keys = api_keys
        self._recorder = recorder
        self._clock = clock

    def begin(self, key_id: str, settings: SiteSettings, caller: Caller) -> Issued:
        """Issue the key that is to replace this one, which stays valid until `finish`.

        Raises ApiKey.DoesNotExist where the key has ended meanwhile.
        """
        with transaction.atomic():
            return self._replaced(key_id, settings, caller).new

    def at_once(self, key_id: str, settings: SiteSettings, caller: Caller) -> Issued:
        """Issue the key that replaces this one, which is refused from the next request on.

        Raises ApiKey.DoesNotExist where the key has ended meanwhile.
        """
        with transaction.atomic():
            rotated = self._replaced(key_id, settings, caller)
            self._retire(rotated.old, rotated.new.key, caller)
        return rotated.new

    def finish(self, key_id: str, caller: Caller) -> ApiKey | None:
        """Revoke the key that this one replaces; return that, or None where there is none that still lives.

        Raises ApiKey.DoesNotExist where this key has ended meanwhile.
        """
        with transaction.atomic():
            key = self._alive(key_id)
            old = key.replaces
            if old is None or not self._retire(old, key, caller):
                return None
        return old

    def _replaced(self, key_id: str, settings: SiteSettings, caller: Caller) -> Rotated:
        old = self._alive(key_id)
        owner = old.owner
        if owner is None:
            raise ApiKey.DoesNotExist
        if old.replaces is not None:
            # Who rotates the new key has it: else each step would leave one more key alive.
            self._retire(old.replaces, old, caller)
        self._api_keys.revoke(old.replacements.filter(revoked_at__isnull=True).select_related("owner"), caller)
        issued = self._issued(old, owner, settings, caller)
        ApiKey.objects.filter(id=issued.key.id).update(replaces=old)
        return Rotated(issued, old)

    def _issued(self, old: ApiKey, owner: User, settings: SiteSettings, caller: Caller) -> Issued:
        seconds = life_of_replacement(old, settings.api_keys_may_issue_keys, self._clock())
        maximum = settings.api_key_expiration_seconds
        return self._api_keys.issue(owner, caller, maximum, old.description, seconds, replaced=old)

    def _alive(self, key_id: str) -> ApiKey:
        line = Q(key_id=key_id) | Q(replacements__key_id=key_id) | Q(replaces__key_id=key_id)
        ids = ApiKey.objects.filter(line).values("id")
        # In one order, the oldest first: old and new key that rotate at once never wait for each other.
        list(ApiKey.objects.select_for_update().filter(id__in=ids).order_by("id"))
        alive = ApiKey.objects.filter(revoked_at__isnull=True)
        return alive.select_related("owner", "replaces__owner").get(key_id=key_id)

    def _retire(self, old: ApiKey, new: ApiKey, caller: Caller) -> bool:
        alive = ApiKey.objects.filter(id=old.id, revoked_at__isnull=True)
        if not alive.update(revoked_at=self._clock(), revoked_why=ApiKey.RevokedWhy.ROTATED):
            return False
        owner = new.owner.email if new.owner else "a deleted user"
        comment = f"API key {old.key_id} of {owner} was replaced by {new.key_id}."
        details = {"keyId": old.key_id, "newKeyId": new.key_id, "subjectId": new.owner_id}
        self._recorder.record(Event(Kind.KEY_ROTATED, caller, comment, details=details))
        return True


def life_of_replacement(old: ApiKey, may_renew: bool, now: datetime) -> int:
    """Return the seconds that a replacement may live, before the site's maximum cuts them.

    Its life ends with the old one's; where keys may issue keys it is as long as the old one's was from the start.
    """
    if old.expires_at is None:
        return NEVER
    begins_at = old.created_at if may_renew else now
    return max(1, int((old.expires_at - begins_at).total_seconds()))
