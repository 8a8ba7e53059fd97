"""Sign-out beyond this site, both ways: ours ends the provider's session, and a provider's ends ours."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q

from keyhouse.core.caller import Caller
from keyhouse.core.decision import Via
from keyhouse.core.digests import digest
from keyhouse.core.principal import GUEST_ID, Principal
from keyhouse.sessions.ending import Ended, Sessions, Why
from keyhouse.sessions.models import BrowserSession
from keyhouse.signin.method import Provider
from keyhouse.signin.methods import REDIRECT_KINDS, redirect_method_of
from keyhouse.signin.models import Configuration, ProviderSession, Spent
from keyhouse.signin.pending import Proof
from keyhouse.signin.providers import Providers

log = logging.getLogger("keyhouse.signin")
SIGNED_OUT = "login-signedOut.view"
_UNDER_WAY = timedelta(minutes=20)
"""Longer than a sign-in may take from the provider's answer to the session: journeys, second factors and skew."""


@dataclass(frozen=True)
class Onward:
    """Where a sign-out goes on: at the provider that knows the person still. `url` None: it takes no sign-out."""

    provider: str
    url: str | None = field(default=None, repr=False)


class ProviderEndings:
    """Ends our sessions where a provider says that its own are over; built once by the composition root.

    Whoever calls this has verified that it is the provider who says so.
    """

    def __init__(self, sessions: Sessions, clock: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._clock = clock

    def end(
        self, provider: Provider, session_name: str | None = None, subject: str | None = None, address: str = ""
    ) -> Ended:
        """End every browser session behind which is this session of the provider, or this person, with its keys.

        Where both are named, both must fit: a provider that is wrong about one of them ends nothing. Only sessions of
        this configuration are found. `address` is where the provider called from, for the log.
        """
        if not session_name and not subject:
            raise ValueError("an ending names a session of the provider, or a person")
        found = ProviderSession.objects.filter(configuration_id=provider.id)
        if session_name:
            found = found.filter(name_digest=digest(session_name))
        if subject:
            found = found.filter(subject_digest=digest(subject))
        with transaction.atomic():
            # Whoever signs in holds the configuration: their session is there by now, or finds what is remembered here.
            list(Configuration.objects.select_for_update().filter(id=provider.id).values_list("id"))
            self._remember(provider, session_name, subject)
            return self._sessions.end(Q(id__in=found.values("session_id")), _caller(provider, address), Why.PROVIDER)

    def _remember(self, provider: Provider, session_name: str | None, subject: str | None) -> None:
        until = self._clock() + _UNDER_WAY
        Spent.objects.update_or_create(
            configuration_id=provider.id, digest=_ending(session_name, subject), defaults={"expires_at": until}
        )


def is_over(proof: Proof) -> bool:
    """Tell whether the provider said that this is over after it had vouched for it, and before a session began.

    A person may take minutes over the second factor. An ending in the meantime finds no session yet to end.
    """
    number, named, who = proof.how.configuration, proof.session_name, proof.subject
    if number is None or not who:
        return False
    endings = [_ending(None, who), *([_ending(named, None), _ending(named, who)] if named else [])]
    after = proof.how.at + _UNDER_WAY
    return Spent.objects.filter(configuration_id=number, digest__in=endings, expires_at__gt=after).exists()


def find_session(providers: Providers, public_id: str) -> tuple[Provider, ProviderSession] | None:
    """Return the provider by which a session began, and its own session; None where there is none, or it is off."""
    row = ProviderSession.objects.filter(session__public_id=public_id).first()
    provider = providers.find(row.configuration_id) if row is not None else None
    return (provider, row) if row is not None and provider is not None else None


def onward_of(providers: Providers, public_id: str) -> Callable[[], Onward | None]:
    """Read what signing out at the provider needs, before the session is over; the answer asks the method, after it."""
    found = find_session(providers, public_id)
    if found is None or found[0].kind not in REDIRECT_KINDS:
        return lambda: None
    provider, row = found
    return lambda: Onward(provider.description, _sign_out_url(providers, provider, row.sealed))


def carrying(public_id: str) -> Callable[[BrowserSession], None]:
    """Read what is known of the provider's session, before ours is over; the answer gives it to the one that follows.

    Else a session that begins in place of another, as after a new password, would outlive its end at the provider.
    """
    row = ProviderSession.objects.filter(session__public_id=public_id).first()

    def give(session: BrowserSession) -> None:
        if row is not None:
            row.pk, row.session = None, session
            row.save(force_insert=True)

    return give


def _sign_out_url(providers: Providers, provider: Provider, sealed: str) -> str | None:
    try:
        method = redirect_method_of(provider.kind)
        url = method.sign_out_url(provider, providers.unseal(sealed), f"{provider.base_url}/{SIGNED_OUT}")
    except Exception:
        # A provider that is down, or a library that is gone, must not hold up a sign-out that is done here already.
        log.exception("Signing out at %s could not be prepared", provider.description)
        return None
    return url if url and urlsplit(url).scheme in {"https", "http"} else None


def _ending(session_name: str | None, subject: str | None) -> str:
    return digest("\0".join(("ended", session_name or "", subject or "")))


def _caller(provider: Provider, address: str) -> Caller:
    return Caller(
        Principal(GUEST_ID, provider.description, provider.description), Via(Why.PROVIDER.value), address=address
    )
