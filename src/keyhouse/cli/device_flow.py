"""The program's side of a device login (RFC 8628): ask for a code, wait for a person, collect the key."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from keyhouse.cli.failure import NotSo, Unusable, Wrong
from keyhouse.cli.listing import printable
from keyhouse.cli.remote import Remote, Reply, Unreachable
from keyhouse.cli.remote_keys import NewKey, is_key_text

PROGRAM = "keyhouse login"
_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
_DAY = 86_400
_USUAL_INTERVAL, _LONGEST_INTERVAL, _SLOWER = 5, 60, 5
_LONGEST_WAIT = 3600


@dataclass(frozen=True)
class Codes:
    """What the site answered to the start: the short code and the page for the person, the long code for us."""

    user_code: str
    page: str
    page_with_code: str
    expires_in: int
    interval: int
    device_code: str = field(repr=False)


def begin(site: Remote, description: str, days: int | None) -> Codes:
    """Ask the site for codes; says what to do instead where it has no device login."""
    fields = {"client_id": PROGRAM, "hostName": platform.node()}
    fields |= {"description": description} if description else {}
    fields |= {"expirationSeconds": str(days * _DAY)} if days else {}
    reply = site.post_form("device-authorize.api", fields)
    if reply.status != 200:
        raise _not_begun(site, reply)
    try:
        return _codes(reply.body or {})
    except (KeyError, TypeError, ValueError):
        raise site.no_site() from None


def wait(
    site: Remote,
    codes: Codes,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> NewKey:
    """Ask until the login is approved and return the key; raises where it is refused or runs out.

    A server that cannot be reached for a moment is asked again, each time after a longer while (section 3.5).
    """
    interval, ends_at = codes.interval, clock() + codes.expires_in
    while clock() < ends_at:
        sleep(min(interval, _LONGEST_INTERVAL))
        try:
            reply = site.post_form("device-token.api", {"grant_type": _GRANT_TYPE, "device_code": codes.device_code})
        except Unreachable:
            interval *= 2
            continue
        key = _key_of(reply)
        if key is not None:
            return key
        interval += _slower_by(site, reply)
    raise _too_late(site)


def give_up(site: Remote, codes: Codes) -> None:
    """Tell the site that nobody waits any more; where that cannot be told, the login runs out by itself."""
    try:
        site.post_form("device-cancel.api", {"device_code": codes.device_code})
    except Unusable:
        return


def _codes(body: dict[str, Any]) -> Codes:
    page = _page(body["verification_uri"])
    return Codes(
        user_code=printable(str(body["user_code"]))[:40],
        page=page,
        page_with_code=_page(body.get("verification_uri_complete") or page),
        expires_in=min(int(body["expires_in"]), _LONGEST_WAIT),
        interval=max(0, int(body.get("interval", _USUAL_INTERVAL))),
        device_code=str(body["device_code"]),
    )


def _page(text: object) -> str:
    # It goes to the browser: never a file, a script, or an option of the program that opens it.
    if not isinstance(text, str) or not text.isprintable() or " " in text:
        raise ValueError
    if urlsplit(text).scheme not in {"http", "https"}:
        raise ValueError
    return text


def _not_begun(site: Remote, reply: Reply) -> Unusable:
    if reply.status == 429:
        return Unusable(reply.text or f"{site.host} asks to wait a while.")
    if reply.status == 404 and reply.body is not None and "exception" in reply.body and "disabled" in reply.text:
        return Unusable(f"{site.host} lets nobody create API keys at present. Ask its administrator to allow it.")
    if reply.status in {401, 403, 404, 405}:
        return Unusable(
            f"{site.host} has no sign-in from the command line: it is an older Keyhouse, or a LabKey Server, or the "
            f"path is wrong. Generate a key on its page External Tool Access "
            f"({site.url}/security-externalToolsView.view) and hand it over with: keyhouse login {site.url} --with-key"
        )
    return Unusable(f"{site.host} did not begin the login (status {reply.status}): {reply.text or 'it says nothing'}")


def _key_of(reply: Reply) -> NewKey | None:
    text = reply.member("access_token")
    if reply.status != 200 or not isinstance(text, str) or not is_key_text(text):
        return None
    expires_at = reply.member("expiresAt")
    return NewKey(text, str(reply.member("keyId") or ""), printable(str(expires_at)) if expires_at else None)


def _slower_by(site: Remote, reply: Reply) -> int:
    match reply.member("error"):
        case "authorization_pending":
            return 0
        case "slow_down":
            return _SLOWER
        case "access_denied":
            raise NotSo("The login was refused on the page. Nothing was changed.")
        case "expired_token":
            raise _too_late(site)
        case None if reply.status >= 500 or reply.status == 429:
            return _SLOWER
    raise Unusable(f"{site.host} ended the login (status {reply.status}): {reply.text or 'it does not say why'}")


def _too_late(site: Remote) -> Wrong:
    return Wrong(f"Nobody approved the login in time. Run this again: keyhouse login {site.url}")
