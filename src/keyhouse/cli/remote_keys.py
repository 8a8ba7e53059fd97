"""What a client can do with its own keys at a site: who it is, revoke a key, replace one."""

import re
from dataclasses import dataclass, field
from typing import Any

from keyhouse.cli.failure import NotSo, Unusable
from keyhouse.cli.listing import printable
from keyhouse.cli.remote import Remote, Reply, basic

LOGIN = "apikey"
_ID = slice(4, 16)
_KEY_TEXT = re.compile(r"[0-9A-Za-z_|.-]{8,512}")
WHY = {
    "key_expired": "it has expired",
    "key_revoked": "it was revoked",
    "key_rotated": "it was replaced by a newer one",
    "session_ended": "its browser session has ended",
    "account_deactivated": "its account is deactivated",
}
ENDED = frozenset({"key_expired", "key_revoked", "key_rotated", "session_ended"})


@dataclass(frozen=True)
class NewKey:
    """A key that a site has just handed out, and what it said about it."""

    text: str = field(repr=False)
    key_id: str = ""
    expires_at: str | None = None


class Refused(NotSo):
    """The site refused a key; `reason` is its word for why, where the key is one of its own."""

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason


def key_id(text: str) -> str | None:
    """Return the public id of a key of Keyhouse, or None for any other secret."""
    return text[_ID] if text.startswith(("khk_", "khs_")) and len(text) > _ID.stop else None


def is_key_text(text: str) -> bool:
    """Tell whether this may stand in a netrc file as a key: a server may put no more than one word there."""
    return _KEY_TEXT.fullmatch(text) is not None


def is_session_key(text: str) -> bool:
    """Tell whether a key ends with its browser session."""
    return text.startswith("khs_")


def owner_of(site: Remote, key: str) -> str:
    """Return the e-mail address of whom the site takes this key for; raises `Refused` where it takes it for nobody."""
    reply = site.get("login-whoAmI.api", basic(LOGIN, key))
    if reply.status in {401, 403}:
        raise _refused(site, reply)
    if reply.status != 200 or reply.body is None or "id" not in reply.body:
        raise _unexpected(site, reply, "say who you are")
    email = str(reply.member("email") or "")
    if not reply.member("id") or not email or email == "guest":
        raise Refused(f"{site.host} takes this key for nobody.")
    return printable(email)


def revoke(site: Remote, key: str, shown: str) -> bool:
    """Revoke a key, showing another (or itself); return False where it is none of that owner's living keys.

    Raises `Refused` where the key shown is itself refused.
    """
    if (wanted := key_id(key)) is None:
        return False  # or a row without an id, another key, would be taken for it
    headers = basic(LOGIN, shown)
    rows = _own_keys(site, headers)
    row_id = next((row["RowId"] for row in rows if row.get("KeyId") == wanted), None)
    if row_id is None:
        return False
    body = {"schemaName": "core", "queryName": "UserApiKeys", "rows": [{"RowId": row_id}]}
    reply = site.post("query-deleteRows.api", body, headers)
    if reply.status != 200:
        raise _unexpected(site, reply, "revoke the key")
    return True


def rotate(site: Remote, key: str) -> NewKey:
    """Begin to replace a key; both are valid until `finish_rotation`."""
    reply = site.post("security-rotateApiKey.api", {"step": "begin"}, basic(LOGIN, key))
    if reply.status == 401:
        raise _refused(site, reply)
    if reply.status == 404 and reply.body is None:
        raise Unusable(
            f"{site.host} cannot replace a key by itself: it is an older Keyhouse, or a LabKey Server. "
            f"Sign in anew instead with: keyhouse login {site.url} --revoke-old"
        )
    text = reply.member("apikey")
    if reply.status != 200 or not isinstance(text, str) or not is_key_text(text):
        raise _unexpected(site, reply, "replace the key")
    expires_at = reply.member("expiresAt")
    return NewKey(text, str(reply.member("keyId") or ""), printable(str(expires_at)) if expires_at else None)


def finish_rotation(site: Remote, new_key: str) -> None:
    """Let the site revoke the key that this one replaces."""
    reply = site.post("security-rotateApiKey.api", {"step": "finish"}, basic(LOGIN, new_key))
    if reply.status != 200:
        raise _unexpected(site, reply, "revoke the old key")


def _own_keys(site: Remote, headers: dict[str, str]) -> list[dict[str, Any]]:
    query = {"schemaName": "core", "query.queryName": "UserApiKeys", "query.maxRows": "-1"}
    reply = site.get("query-selectRows.api", headers, **query)
    if reply.status == 401:
        raise _refused(site, reply)
    rows = reply.member("rows")
    if reply.status != 200 or not isinstance(rows, list):
        raise _unexpected(site, reply, "list your keys")
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("RowId"), int)]


def _refused(site: Remote, reply: Reply) -> Refused:
    reason = str(reply.member("reason") or "")
    why = WHY.get(reason) or reply.text or "without a reason"
    return Refused(f"{site.host} refused the key: {why}", reason if reason in WHY else "")


def _unexpected(site: Remote, reply: Reply, what: str) -> Unusable:
    if reply.body is None:
        return site.no_site()
    return Unusable(f"{site.host} did not {what} (status {reply.status}): {reply.text or 'it does not say why'}")
