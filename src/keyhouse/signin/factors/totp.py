"""One-time codes of an authenticator app (RFC 6238): six digits, thirty seconds, one step of tolerance each way."""

import logging
from collections.abc import Callable
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction
from django.utils.crypto import constant_time_compare

from keyhouse.accounts.models import User
from keyhouse.settings.seal import Unsealable
from keyhouse.signin.factors.adapter import FactorAdapter
from keyhouse.signin.models import TotpStep

log = logging.getLogger("keyhouse.signin")
PERIOD_SECONDS = 30
_TOLERANCE = (0, -1, 1)


class Totp:
    """Sets up and checks one-time codes; built once by the composition root."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._adapter = FactorAdapter()

    def new_secret(self) -> str:
        """Return a secret of 160 bits in base 32."""
        return str(generate_totp_secret())

    def sealed(self, secret: str) -> str:
        """Seal a secret that waits to be confirmed."""
        return self._adapter.encrypt(secret)

    def opened(self, sealed: str) -> str | None:
        """Open what `sealed` made; None where there is nothing, or it was sealed under another secret.key."""
        try:
            return self._adapter.decrypt(sealed) if sealed else None
        except Unsealable:
            return None

    def uri(self, user: User, secret: str) -> str:
        """Return the ``otpauth:`` address that an app reads from a QR code."""
        return str(self._adapter.build_totp_url(user, secret))

    def step_of(self, secret: str, code: str) -> int | None:
        """Return the time step whose code this is, at this moment, or None."""
        digits = "".join(code.split()).replace("-", "")
        if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
            return None
        step = int(self._clock().timestamp()) // PERIOD_SECONDS
        return next(
            (step + off for off in _TOLERANCE if constant_time_compare(_code(secret, step + off), digits)), None
        )

    def add(self, user: User, secret: str, step: int) -> None:
        """Let a person have this secret from now on; the code of this step has been used to confirm it."""
        Authenticator.objects.filter(user_id=user.id, type=Authenticator.Type.TOTP).delete()
        row = TOTP.activate(user, secret).instance
        TotpStep.objects.create(authenticator=row, step=step)

    def check(self, user_id: int, code: str) -> bool:
        """Tell whether this is a code of the person's app that was not used before; it is used up now."""
        row = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).first()
        if row is None:
            return False
        secret = self.opened(row.data["secret"])
        if secret is None:
            log.error("The authenticator app of user %s was set up under another secret.key; reset it.", user_id)
            return False
        step = self.step_of(secret, code)
        return step is not None and self._use_up(row, step)

    def _use_up(self, row: Authenticator, step: int) -> bool:
        """Use a step up, and all older ones. The database decides: of two workers with the same code one wins."""
        with transaction.atomic():
            TotpStep.objects.get_or_create(authenticator=row, defaults={"step": 0})
            won = TotpStep.objects.filter(authenticator=row, step__lt=step).update(step=step) == 1
            if won:
                Authenticator.objects.filter(pk=row.pk).update(last_used_at=self._clock())
        return won


def in_groups(secret: str) -> str:
    """Write a secret in groups of four, for who types it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _code(secret: str, step: int) -> str:
    return str(format_hotp_value(hotp_value(secret, max(step, 0))))
