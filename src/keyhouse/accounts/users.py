"""The life of a user: added, changed, deactivated, reactivated, deleted. Each step is audited in its transaction."""

import secrets
from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from keyhouse.accounts.models import ADMINISTRATORS_ID, Membership, User
from keyhouse.accounts.names import AccountError, NameTaken, UserNotFound, display_name_of, email_of, one_line
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller


class Users:
    """What can be done with users; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock
        self._end_sessions_of: Callable[[User, Caller, str], object] = lambda user, caller, why: None

    def on_sessions_end(self, end: Callable[[User, Caller, str], object]) -> None:
        """Say what ends a user's sessions: called in the transaction of a change that must, with the words for it."""
        self._end_sessions_of = end

    def add(
        self,
        email: str,
        caller: Caller,
        password: str | None = None,
        display_name: str = "",
        is_service: bool = False,
        is_site_admin: bool = False,
    ) -> User:
        """Add a user; without a password one is set later by mail or command, and a service account never has one.

        Raises `AccountError` for a bad or taken address and for a password that is too weak.
        """
        address = email_of(email)
        user = User(
            email=address,
            display_name=one_line(display_name)[:150] or display_name_of(address),
            is_service=is_service,
            created_at=self._clock(),
        )
        _set_password(user, password)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
                if is_site_admin:
                    Membership.objects.create(group_id=ADMINISTRATORS_ID, member_id=user.id)
                details = {"subjectId": user.id, "siteAdministrator": is_site_admin, "service": is_service}
                self._recorder.record(Event(Kind.USER_ADDED, caller, f"User {address} was added.", details=details))
        except IntegrityError:
            raise NameTaken(f"There is a user {address} already.") from None
        return user

    def change(self, user: User, caller: Caller, email: str | None = None, display_name: str | None = None) -> bool:
        """Give a user another address or name; return whether anything changed. Raises `AccountError`."""
        wanted = {
            "email": user.email if email is None else email_of(email),
            "display_name": (one_line(display_name or "")[:150] or user.display_name),
        }
        old = {name: getattr(user, name) for name in wanted}
        changed = [name for name in wanted if wanted[name] != old[name]]
        if not changed:
            return False
        try:
            with transaction.atomic():
                User.objects.filter(id=user.id).update(**wanted)
                details = {"subjectId": user.id, "old": {name: old[name] for name in changed}}
                details["new"] = {name: wanted[name] for name in changed}
                comment = f"User {old['email']} was changed: {', '.join(name.replace('_', ' ') for name in changed)}."
                self._recorder.record(Event(Kind.USER_CHANGED, caller, comment, details=details))
        except IntegrityError:
            raise NameTaken(f"There is a user {wanted['email']} already.") from None
        user.refresh_from_db(fields=["email", "display_name"])
        return True

    def set_password(self, user: User, password: str, caller: Caller) -> None:
        """Give a user a new password; every browser session of the user ends in the same transaction."""
        if user.is_service:
            raise AccountError(f"{user.email} is a service account, which has no password. Issue an API key instead.")
        _set_password(user, password)
        with transaction.atomic():
            self._end_sessions(user, caller, "a new password", "password")
            self._record(Kind.PASSWORD_CHANGED, user, caller, "has a new password")

    def rotate_password(self, user: User, caller: Caller) -> None:
        """Take a user's password away: sessions end, and only the link of a reset mail leads to a new one."""
        if user.is_service:
            raise AccountError(f"{user.email} is a service account, which has no password. Issue an API key instead.")
        # A random one that nobody learns, and not an unusable one: the account still has a password to reset.
        user.set_password(secrets.token_urlsafe(32))
        with transaction.atomic():
            self._end_sessions(user, caller, "a new password", "password")
            self._record(Kind.PASSWORD_CHANGED, user, caller, "has lost the old password and must choose a new one")

    def deactivate(self, user: User, caller: Caller) -> None:
        """Refuse this user from now on; sessions end, keys stay and are refused."""
        with transaction.atomic():
            user.is_active = False
            self._end_sessions(user, caller, "deactivation", "is_active")
            self._record(Kind.USER_DEACTIVATED, user, caller, "was deactivated")

    def reactivate(self, user: User, caller: Caller) -> None:
        """Let this user in again; keys that were revoked meanwhile stay revoked."""
        with transaction.atomic():
            user.is_active = True
            user.save(update_fields=["is_active"])
            self._record(Kind.USER_REACTIVATED, user, caller, "was reactivated")

    def delete(self, user: User, caller: Caller) -> None:
        """Delete a user; the keys stay as tombstones without an owner, which nothing revives."""
        with transaction.atomic():
            self._end_sessions(user, caller, "deletion of the user")
            self._record(Kind.USER_DELETED, user, caller, "was deleted")
            user.delete()

    def _end_sessions(self, user: User, caller: Caller, why: str, *changed: str) -> None:
        # Counted in the database: two at once, each with an old copy of the row, must not count to the same number.
        User.objects.filter(id=user.id).update(session_generation=F("session_generation") + 1)
        user.save(update_fields=changed)
        self._end_sessions_of(user, caller, why)
        user.refresh_from_db(fields=["session_generation"])

    def _record(self, kind: Kind, user: User, caller: Caller, what: str) -> None:
        self._recorder.record(Event(kind, caller, f"User {user.email} {what}.", details={"subjectId": user.id}))


def find(email: str) -> User:
    """Return the user of this address, or raise `UserNotFound`."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise UserNotFound(f"There is no user {email.strip()[:100]}.")
    return user


def _set_password(user: User, password: str | None) -> None:
    if password is None or user.is_service:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise AccountError(" ".join(error.messages)) from None
    user.set_password(password)
