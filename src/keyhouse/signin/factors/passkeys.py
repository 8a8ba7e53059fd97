"""Passkeys (WebAuthn): bound to this site's address, so that no look-alike page gets at them.

A passkey with its user verified is two factors in one step. Which site it is for (the RP id) is the host of the
site's address for browsers: https, or http on localhost; browsers know no passkeys of an IP address.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn, build_user_payload, get_credentials
from django.db import transaction
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from keyhouse.accounts.models import User
from keyhouse.core.assurance import Assurance
from keyhouse.sessions.waiting import still_waits
from keyhouse.signin.factors.shown import Shown
from keyhouse.signin.spent import spend
from keyhouse.siteconfig import store

LIFE = timedelta(minutes=5)
MOST = 20
_KIND = Authenticator.Type.WEBAUTHN
_LONGEST_ANSWER = 20_000
_USUAL_PORTS = {"https": 443, "http": 80}
_OURS = 0


class PasskeyRefused(Exception):
    """A passkey's answer was refused. `detail` is for the log; the person is told to try again."""

    def __init__(self, detail: str, user: User | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.user = user


@dataclass(frozen=True)
class Asked:
    """What a browser was asked: kept in its session, taken once, and used up in the database once."""

    state: Mapping[str, Any]
    user_id: int | None
    at: datetime

    def kept(self) -> dict[str, Any]:
        """Return this as JSON for the session."""
        return {"state": {**self.state}, "user": self.user_id, "at": self.at.isoformat()}


def asked_of(kept: Mapping[str, Any]) -> Asked:
    """Read what `kept` wrote."""
    return Asked(kept["state"], kept["user"], datetime.fromisoformat(kept["at"]))


class Passkeys:
    """Adds and checks passkeys; built once by the composition root."""

    def __init__(self, base_url: str, clock: Callable[[], datetime]) -> None:
        parts = urlsplit(base_url)
        self._scheme, self._host = parts.scheme.lower(), (parts.hostname or "").lower()
        # A browser leaves the usual port out.
        port = parts.port if parts.port != _USUAL_PORTS.get(self._scheme) else None
        self._netloc = f"{self._host}:{port}" if port else self._host
        self._origin = f"{self._scheme}://{self._netloc}"
        self._clock = clock

    def why_not(self, host: str) -> str:
        """Say why no passkeys are to be had at this address, or nothing where they are; `host` is the request's.

        A proxy may have put an address of its own into the request. Whatever is said here, the browser judges.
        """
        if _is_ip(self._host):
            return f"Passkeys need a name: browsers keep none for an IP address, and this site's is {self._origin}."
        if self._scheme != "https" and self._host != "localhost":
            return f"Passkeys need https, and this site's address is {self._origin}."
        asked = host.lower().removesuffix(f":{_USUAL_PORTS[self._scheme]}")
        is_behind_proxy = self._scheme == "https" and (_is_ip(asked.partition(":")[0]) or asked.startswith("localhost"))
        if asked != self._netloc and not is_behind_proxy:
            return f"Passkeys work at {self._origin}. Open this site there."
        return ""

    def of(self, user_id: int) -> list[Authenticator]:
        """Return a person's passkeys, the oldest first."""
        return list(Authenticator.objects.filter(user_id=user_id, type=_KIND).order_by("created_at", "id"))

    def ask_for_new(self, user: User) -> tuple[dict[str, Any], Asked]:
        """Return what the browser must be asked to make a passkey, and what to remember."""
        options, state = self._server().register_begin(
            build_user_payload(user),
            get_credentials(user),
            resident_key_requirement=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
            extensions={"credProps": True},
        )
        return dict(options), Asked(_plain(state), user.id, self._clock())

    def new_from(self, user: User, asked: Asked, answer: str) -> tuple[dict[str, Any], Shown]:
        """Check a new passkey and return what is kept of it, and what making it proves. Raises `PasskeyRefused`."""
        self._use_up(asked, user.id)
        credential = _read(answer)
        try:
            data = self._server().register_complete(asked.state, RegistrationResponse.from_dict(credential))
        except (ValueError, TypeError, KeyError, AssertionError) as error:
            raise PasskeyRefused(f"a new passkey was refused: {_words(error)}", user) from None
        assert data.credential_data is not None
        name = websafe_encode(data.credential_data.credential_id)
        if Authenticator.objects.filter(type=_KIND, data__id=name).exists():
            raise PasskeyRefused("the passkey is known already", user)
        kept = {"id": name, "credential": credential, "counter": data.counter}
        return kept, _shown(data)

    def keep(self, user: User, name: str, made: Mapping[str, Any]) -> Authenticator:
        """Let a person have a passkey from now on."""
        row = WebAuthn.add(user, name, made["credential"]).instance
        row.data = {**row.data, **made}
        row.save(update_fields=["data"])
        return row

    def ask(self, user: User | None, must_verify: bool) -> tuple[dict[str, Any], Asked]:
        """Return what the browser must be asked to use a passkey: of this person, or of whoever is there."""
        wanted = UserVerificationRequirement.REQUIRED if must_verify else UserVerificationRequirement.PREFERRED
        known = get_credentials(user) if user else None
        options, state = self._server().authenticate_begin(known, user_verification=wanted)
        return dict(options), Asked(_plain(state), user.id if user else None, self._clock())

    def check(self, asked: Asked, answer: str) -> tuple[User, Shown]:
        """Return whose passkey answered, and what that proves. Raises `PasskeyRefused`."""
        self._use_up(asked, asked.user_id)
        read = _read(answer)
        try:
            response = AuthenticationResponse.from_dict(read)
        except (ValueError, TypeError, KeyError) as error:
            raise PasskeyRefused(f"unreadable: {_words(error)}") from None
        user = _person(response.response.user_handle, asked.user_id)
        try:
            used = self._server().authenticate_complete(asked.state, get_credentials(user), response)
        except (ValueError, TypeError, KeyError) as error:
            raise PasskeyRefused(_words(error), user) from None
        data = response.response.authenticator_data
        self._note_use(user, used.credential_id, data)
        return user, _shown(data)

    def _server(self) -> Fido2Server:
        rp = PublicKeyCredentialRpEntity(id=self._host, name=store.read().site_name)
        return Fido2Server(rp, verify_origin=lambda origin: origin.lower() == self._origin)

    def _use_up(self, asked: Asked, user_id: int | None) -> None:
        """Let a challenge be answered once, in time, and by whom it was asked of."""
        now = self._clock()
        if asked.user_id != user_id:
            raise PasskeyRefused("another person was asked")
        if not still_waits(asked.at, now, LIFE):
            raise PasskeyRefused("the answer took too long")
        if not spend(_OURS, f"passkey:{asked.state['challenge']}", asked.at + 2 * LIFE):
            raise PasskeyRefused("the challenge was answered before")

    def _note_use(self, user: User, credential_id: bytes, data: AuthenticatorData) -> None:
        """Note the use; a counter that stands still or goes back is that of a copy (WebAuthn, 7.2, step 22)."""
        with transaction.atomic():
            locked = Authenticator.objects.select_for_update().filter(user_id=user.id, type=_KIND)
            row = locked.filter(data__id=websafe_encode(credential_id)).first()
            if row is None:
                raise PasskeyRefused("the passkey was removed", user)
            known = int(row.data.get("counter", 0))
            if (data.counter or known) and data.counter <= known:
                raise PasskeyRefused(f"the counter is {data.counter} and was {known}: the passkey was copied", user)
            row.data, row.last_used_at = {**row.data, "counter": data.counter}, self._clock()
            row.save(update_fields=["data", "last_used_at"])


def name_of(row: Authenticator) -> str:
    """Return the name that its owner gave a passkey."""
    return str(row.data.get("name") or "Passkey")


def _shown(data: AuthenticatorData) -> Shown:
    # One that may be backed up wanders between devices, so it is bound to no hardware (RFC 8176).
    method = "swk" if data.flags & AuthenticatorData.FLAG.BE else "hwk"
    if data.is_user_verified():
        return Shown((method, "user"), Assurance.PHISHING_RESISTANT, is_whole=True)
    return Shown((method,), Assurance.PHISHING_RESISTANT)


def _person(handle: bytes | None, expected: int | None) -> User:
    """Return whose passkey says to answer; who has shown a password is the only one who may."""
    if handle is None and expected is None:
        raise PasskeyRefused("the passkey does not say whose it is")
    try:
        number = int(handle.decode("ascii")) if handle is not None else expected
    except ValueError:
        raise PasskeyRefused("the passkey is of nobody here") from None
    user = User.objects.filter(id=number, is_active=True, is_service=False).first() if number else None
    if user is None or expected not in {None, user.id}:
        raise PasskeyRefused("the passkey is of somebody else, or of nobody who may sign in")
    return user


def _read(answer: str) -> dict[str, Any]:
    try:
        read = json.loads(answer) if len(answer) <= _LONGEST_ANSWER else None
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise PasskeyRefused("unreadable")
    return read


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "challenge": state["challenge"],
        "user_verification": UserVerificationRequirement(state["user_verification"]).value,
    }


def _words(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
