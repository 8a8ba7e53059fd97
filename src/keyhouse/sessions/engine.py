"""The session engine of the framework, on our own table: the cookie is a secret, so only its digest is stored."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.utils.crypto import constant_time_compare

from keyhouse import system
from keyhouse.accounts.models import User
from keyhouse.core.digests import digest
from keyhouse.sessions.how import IN_SESSION
from keyhouse.sessions.models import BrowserSession
from keyhouse.siteconfig import store

_USER = "_auth_user_id"
_ANONYMOUS_LIFETIME = timedelta(hours=1)


class SessionStore(SessionBase):
    """One browser session; `session_key` is the text of the cookie, which exists in memory and in the browser alone."""

    def __init__(
        self, session_key: str | None = None, address: str = "", user_agent: str = "", is_of_guest: bool = False
    ) -> None:
        super().__init__(session_key)
        self._is_made_here = False
        self._is_of_guest = is_of_guest
        self._address = address[:64]
        self._user_agent = user_agent.replace("\0", "")[:512]

    def load(self) -> dict[str, Any]:
        """Return the stored data; a cookie that we never made is dropped, not adopted (session fixation)."""
        row = self._row(self.session_key)
        if row is None:
            self._session_key = None
            return {}
        return dict(row.data)

    def exists(self, session_key: str) -> bool:
        """Tell whether a living session has this cookie."""
        return self._row(session_key) is not None

    def create(self) -> None:
        """Make an empty session under a new cookie."""
        self._session_key = secrets.token_urlsafe(32)
        self._is_made_here = True
        self.modified = True
        self._session_cache: dict[str, Any] = {}

    def save(self, must_create: bool = False) -> None:
        """Store the session; signing in and out show in the row's own columns."""
        if self.session_key is None:
            data = self._get_session(no_load=True)  # type: ignore[attr-defined]
            self.create()
            self._session_cache = data
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        row = self._row(self.session_key) or (self._new_row() if self._is_made_here else None)
        if row is None:
            # It ended while this request ran (sign-out, a new password): saving must not bring it back to life.
            raise UpdateError
        row.data = data
        written = ["data", *self._bind(row, data)]
        if row.pk is None:
            row.save(force_insert=True)
        elif not BrowserSession.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in written}):
            # It ended since it was read: the framework's own way to save would put the row in again.
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        """End the session; its session keys go with the row."""
        key = session_key or self.session_key
        if key:
            BrowserSession.objects.filter(digest=digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Delete the rows of sessions that are past their end."""
        BrowserSession.objects.filter(ends_at__lt=system.now()).delete()

    def _row(self, session_key: str | None) -> BrowserSession | None:
        if not session_key:
            return None
        rows = BrowserSession.objects.filter(digest=digest(session_key), ends_at__gt=system.now())
        if self._is_of_guest and not self._is_made_here:
            # The door let nobody in with this cookie: what a sign-in left there, idle too long, is not taken up again.
            rows = rows.filter(user__isnull=True)
        return rows.first()

    def _new_row(self) -> BrowserSession:
        now = system.now()
        return BrowserSession(
            public_id=secrets.token_hex(8),
            digest=digest(self.session_key or ""),
            created_at=now,
            last_seen_at=now,
            ends_at=now + _ANONYMOUS_LIFETIME,
            address=self._address,
            user_agent=self._user_agent,
        )

    def _bind(self, row: BrowserSession, data: dict[str, Any]) -> tuple[str, ...]:
        """Let the session belong to who signed in; return which columns changed."""
        user_id = data.get(_USER)
        if user_id is None or row.user_id == int(user_id):
            return ()
        now: datetime = system.now()
        row.user = User.objects.get(id=int(user_id))
        if not constant_time_compare(data.get(HASH_SESSION_KEY, ""), row.user.get_session_auth_hash()):
            # The password changed, or the account was deactivated, between the check and now.
            raise UpdateError
        row.generation = row.user.session_generation
        row.signed_in_at = row.last_seen_at = now
        row.ends_at = now + timedelta(seconds=store.read().session_absolute_seconds)
        row.proved_at = now
        how = data.get(IN_SESSION, {})
        for name, value in how.items():
            setattr(row, name, value)
        return "user", "generation", "signed_in_at", "last_seen_at", "ends_at", "proved_at", *how
