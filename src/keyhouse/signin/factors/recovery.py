"""Recovery codes: ten of ten digits, each for one sign-in, for when the phone is gone. Their seed is sealed at rest."""

from collections.abc import Callable
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes as Codes
from django.db import transaction

from keyhouse.accounts.models import User
from keyhouse.settings.seal import Unsealable

FEW = 3
_KIND = Authenticator.Type.RECOVERY_CODES
_LONGEST = 40


class RecoveryCodes:
    """Makes and checks recovery codes; built once by the composition root."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def make(self, user: User) -> None:
        """Give a person ten new codes; older ones stop working. `take_unseen` shows them."""
        Authenticator.objects.filter(user_id=user.id, type=_KIND).delete()
        Codes.activate(user)

    def take_unseen(self, user_id: int) -> list[str]:
        """Return the codes in two groups of five digits where they have never been shown; from now on they have."""
        with transaction.atomic():
            row = self._row(user_id, for_update=True)
            if row is None or row.wrap().did_view:
                return []
            codes = row.wrap()
            codes.mark_as_viewed()
        return [f"{code[:5]}-{code[5:]}" for code in codes.get_unused_codes()]

    def has_unseen(self, user_id: int) -> bool:
        """Tell whether there are codes that have never been shown."""
        row = self._row(user_id)
        return row is not None and not row.wrap().did_view

    def left(self, user_id: int) -> int | None:
        """Return how many codes are left; None where there were never any."""
        row = self._row(user_id)
        if row is None:
            return None
        return 10 - int(row.data.get("used_mask", 0)).bit_count()

    def check(self, user_id: int, code: str) -> bool:
        """Tell whether this is a code that was not used before; it is used up now, for all workers."""
        row = self._row(user_id)
        if row is None or len(code) > _LONGEST:
            return False
        try:
            is_right = bool(row.wrap().validate_code(code))
        except Unsealable:
            return False
        if is_right:
            Authenticator.objects.filter(pk=row.pk).update(last_used_at=self._clock())
        return is_right

    def _row(self, user_id: int, for_update: bool = False) -> Authenticator | None:
        rows = Authenticator.objects.select_for_update() if for_update else Authenticator.objects
        return rows.filter(user_id=user_id, type=_KIND).first()
