"""Issue, list and revoke API keys. The text of a key leaves `issue` once and is stored nowhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core import expiry
from keyhouse.core.assurance import HowSignedIn
from keyhouse.core.caller import Caller
from keyhouse.core.digests import digest
from keyhouse.core.tokens import Entropy, Token, TokenKind, mint
from keyhouse.keys.models import ApiKey

DESCRIPTION_LENGTH = 256
OnIssue = Callable[[ApiKey, Caller, ApiKey | None], None]
"""Gets a new key, who issues it, and the key that it replaces, if any."""


@dataclass(frozen=True)
class Issued:
    """A new key: its row, and its text for the one answer that shows it."""

    key: ApiKey
    token: Token


class ApiKeys:
    """What can be done with API keys; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime], entropy: Entropy) -> None:
        self._recorder = recorder
        self._clock = clock
        self._entropy = entropy
        self._carry: list[OnIssue] = []

    def on_issue(self, carry: OnIssue) -> None:
        """Let `carry` give a new key what goes along with it, inside the transaction in which it is issued."""
        self._carry.append(carry)

    def issue(
        self,
        owner: User,
        caller: Caller,
        maximum_seconds: int,
        description: str = "",
        chosen_seconds: int | None = None,
        replaced: ApiKey | None = None,
    ) -> Issued:
        """Issue a key that lives as long as its owner chose, at most as long as the site allows.

        `replaced` is the key whose place it takes, where there is one.
        The row and its audit event are committed before this returns: a key that was shown is never lost.
        """
        now = self._clock()
        token = mint(TokenKind.API_KEY, self._entropy)
        key = ApiKey(
            key_id=token.key_id,
            digest=digest(token.text),
            owner=owner,
            description=shortened(description),
            created_at=now,
            expires_at=expiry.expires_at(now, maximum_seconds, chosen_seconds),
            **_how(caller.via.how),
        )
        with transaction.atomic():
            key.save(force_insert=True)
            details = {"keyId": key.key_id, "expiresAt": key.expires_at, "subjectId": owner.id}
            comment = f"API key {key.key_id} was issued to {owner.email}."
            self._recorder.record(Event(Kind.KEY_ISSUED, caller, comment, details=details))
            for carry in self._carry:
                carry(key, caller, replaced)
        return Issued(key, token)

    def revoke(self, keys: Iterable[ApiKey], caller: Caller) -> int:
        """Revoke these keys, from the next request on; return how many were alive."""
        now = self._clock()
        with transaction.atomic():
            # In one order, and all before the first event: two administrators at once never wait for each other's rows.
            revoked = [key for key in sorted(keys, key=lambda key: key.id) if _is_revoked_now(key, now)]
            for key in revoked:
                self._record_revoked(key, caller)
        return len(revoked)

    def outliving(self, maximum_seconds: int) -> int:
        """Count the keys that would live longer than this maximum allows a new key to: the dry run of lowering it."""
        if maximum_seconds == expiry.NEVER:
            return 0
        limit = self._clock() + timedelta(seconds=maximum_seconds)
        alive = ApiKey.objects.filter(revoked_at__isnull=True, owner__isnull=False)
        return alive.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=limit)).count()

    def _record_revoked(self, key: ApiKey, caller: Caller) -> None:
        owner = key.owner.email if key.owner else "a deleted user"
        comment = f"API key {key.key_id} of {owner} was revoked."
        details = {"keyId": key.key_id, "subjectId": key.owner_id}
        self._recorder.record(Event(Kind.KEY_REVOKED, caller, comment, details=details))


def _how(how: HowSignedIn | None) -> dict[str, Any]:
    if how is None:
        return {}
    return {
        "provider": how.provider,
        "configuration_id": how.configuration,
        "methods": " ".join(how.methods),
        "assurance": how.assurance,
        "signed_in_at": how.at,
    }


def _is_revoked_now(key: ApiKey, now: datetime) -> bool:
    alive = ApiKey.objects.filter(id=key.id, revoked_at__isnull=True)
    return bool(alive.update(revoked_at=now, revoked_why=ApiKey.RevokedWhy.REVOKED))


def shortened(description: str) -> str:
    """Return a description trimmed, and abbreviated to 256 characters where it is longer."""
    text = description.replace("\0", "").strip()
    return text if len(text) <= DESCRIPTION_LENGTH else text[: DESCRIPTION_LENGTH - 3] + "..."
