"""Journeys to a provider and back, each bound to the browser that began it and to the provider it went to."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from keyhouse.core.reasons import Reason
from keyhouse.sessions.waiting import still_waits
from keyhouse.signin.method import Flow, Provider, Purpose, SignInFailed

_IN_SESSION = "_keyhouse_flows"
_LIFE = timedelta(minutes=15)
_AT_ONCE = 8
"""How many journeys one browser may have open, in as many tabs."""
_LOST = "This sign-in was not begun in this browser, or has taken too long. Start again from the sign-in page."


def start(request: HttpRequest, provider: Provider, purpose: Purpose, return_url: str, now: datetime) -> Flow:
    """Begin a journey of this browser; its state, nonce and verifier are made anew."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    flow = Flow(provider.id, state, nonce, verifier, purpose, return_url, now)
    _keep(request, [*_open(request, now), flow])
    return flow


def add_to(request: HttpRequest, flow: Flow, extra: Mapping[str, str], now: datetime) -> Flow:
    """Remember what the method learned when it began, such as the id of its request."""
    changed = replace(flow, extra={**flow.extra, **extra})
    others = [each for each in _open(request, now) if each.state != flow.state]
    _keep(request, [*others, changed])
    return changed


def take(request: HttpRequest, state: str, provider: Provider, now: datetime) -> Flow:
    """Take the journey with this state, once. Raises `SignInFailed`.

    An answer that comes from another provider than the one that was asked is refused (RFC 9700, 4.4: mix-up), and so
    is one in a browser that asked nobody (login CSRF).
    """
    known = _open(request, now)
    flow = next((each for each in known if secrets.compare_digest(each.state.encode(), state.encode())), None)
    if flow is None:
        raise SignInFailed(Reason.FLOW_UNKNOWN, _LOST, "the state belongs to no sign-in of this browser")
    _keep(request, [each for each in known if each is not flow])
    if flow.provider_id != provider.id:
        raise SignInFailed(Reason.FLOW_UNKNOWN, _LOST, f"begun at configuration {flow.provider_id}, not {provider.id}")
    return flow


def _open(request: HttpRequest, now: datetime) -> list[Flow]:
    stored: list[dict[str, Any]] = request.session.get(_IN_SESSION, [])
    flows = [_read(each) for each in stored]
    return [flow for flow in flows if still_waits(flow.started_at, now, _LIFE)]


def _keep(request: HttpRequest, flows: list[Flow]) -> None:
    request.session[_IN_SESSION] = [
        {**asdict(flow), "started_at": flow.started_at.isoformat(), "extra": dict(flow.extra)}
        for flow in flows[-_AT_ONCE:]
    ]


def _read(stored: dict[str, Any]) -> Flow:
    started_at = datetime.fromisoformat(stored["started_at"])
    return Flow(**{**stored, "started_at": started_at, "purpose": Purpose(stored["purpose"])})
