"""Browsers that their person trusts: for some days the password alone opens a session there, which is no fresh one.

Off unless the site says for how many days. The trust ends with a new password, with any change of second factors and
with the account's deactivation: it is of one session generation.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from keyhouse.accounts.models import User
from keyhouse.core.digests import digest
from keyhouse.signin.models import TrustedBrowser
from keyhouse.siteconfig import store

COOKIE = "KEYHOUSE_TRUSTED"
_MOST = 20


class TrustedBrowsers:
    """Remembers and forgets browsers; built once by the composition root."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def trust(self, user: User, user_agent: str) -> tuple[str, int]:
        """Trust a browser; return the text of its cookie and the seconds it lives. Only its digest is kept."""
        text, life, now = secrets.token_urlsafe(32), self._life(), self._clock()
        TrustedBrowser.objects.create(
            user=user,
            digest=digest(text),
            generation=User.objects.values_list("session_generation", flat=True).get(id=user.id),
            user_agent=user_agent.replace("\0", "")[:512],
            created_at=now,
            expires_at=now + life,
        )
        oldest = (
            TrustedBrowser.objects.filter(user=user).order_by("-created_at", "-id").values_list("id", flat=True)[_MOST:]
        )
        TrustedBrowser.objects.filter(id__in=list(oldest)).delete()
        return text, int(life.total_seconds())

    def is_trusted(self, cookie: str, user: User) -> bool:
        """Tell whether this cookie is of a browser that this person trusts, by today's rules."""
        return bool(cookie) and self.of(user).filter(digest=digest(cookie)).exists()

    def of(self, user: User) -> QuerySet[TrustedBrowser]:
        """Return the browsers that a person trusts; fewer days hold for those that were trusted before, too."""
        now = self._clock()
        known = TrustedBrowser.objects.filter(user=user, generation=user.session_generation)
        return known.filter(expires_at__gt=now, created_at__gt=now - self._life()).order_by("-created_at")

    def forget(self, user: User, number: int | None = None) -> int:
        """Trust one browser of a person no more, or none of them."""
        rows = TrustedBrowser.objects.filter(user=user)
        return (rows if number is None else rows.filter(id=number)).delete()[0]

    @staticmethod
    def _life() -> timedelta:
        return timedelta(days=store.read().trusted_browser_days)
