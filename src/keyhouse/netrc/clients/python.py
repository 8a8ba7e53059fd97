"""Python: the standard library's netrc and what requests, httpx, aiohttp, pip, HTTPie make of it; uv."""

from __future__ import annotations

from dataclasses import replace

from ..dialects import python_lex
from ..dialects.reading import Found, Reading
from ..files import choose
from ..surroundings import FileFacts, Surroundings
from ..url import Url
from .model import (
    NOTHING,
    Client,
    Opened,
    Sent,
    Unreadable,
    chosen_file,
    decode,
    encode,
    found_at,
    from_url,
    last_entry,
    read_bytes,
)

Version = tuple[int, ...]


def _reading(version: Version, text: str) -> Reading:
    if version >= (3, 11):
        return python_lex.read(text)
    from ..dialects import python_shlex

    return python_shlex.read(text, python_shlex.PY3 if version >= (3,) else python_shlex.PY2)


class _Netrc:
    """netrc.netrc(file): entries, or the exception it raises."""

    def __init__(self, entries: tuple[Found, ...], opened: Opened) -> None:
        self.entries, self.opened = entries, opened

    def authenticators(self, host: str) -> Found | None:
        """The last entry wins; a machine called `default` is the default."""
        name = None if host == "default" else host
        entries = tuple(replace(e, machine=None) if e.machine == "default" else e for e in self.entries)
        if name is None:
            return last_entry(tuple(e for e in entries if e.machine is None), "")
        return last_entry(entries, name)

    def machine(self, host: str) -> Found | None:
        """The last entry of the machine and nothing else."""
        return next((entry for entry in reversed(self.entries) if entry.machine == host), None)


class ParseFailure(Unreadable):
    """NetrcParseError, which requests and others swallow."""


def version_of(client: Client) -> Version:
    version = client.setting("python")
    assert isinstance(version, tuple)
    return version


def _load(client: Client, around: Surroundings, path: str, *, default_path: bool) -> _Netrc:
    version = version_of(client)
    decoding = "universal" if version >= (3,) else "bytes"
    facts = around.facts(path)
    try:
        data = read_bytes(around, path)
    except Unreadable as failure:
        raise Unreadable(str(failure).replace("NotADirectoryError", "OSError")) from None
    opened = Opened(decode(data, decoding), path)
    reading = _reading(version, opened.text)
    if default_path and facts is not None and around.platform != "win32":
        _security(version, reading, facts, around)
    if reading.error:
        raise ParseFailure(f"NetrcParseError: {reading.error}")
    return _Netrc(reading.entries, opened)


_TOO_OPEN = "NetrcParseError: ~/.netrc access too permissive: access permissions must restrict access to only the owner"


def _security(version: Version, reading: Reading, facts: FileFacts, around: Surroundings) -> None:
    """3.11+: after each entry whose login is not anonymous. Before: at each `password` token."""
    if version >= (3, 11):
        needed = any(entry.login != "anonymous" for entry in reading.entries)
    else:
        needed = any(entry.password for entry in reading.entries) or "malformed" in (reading.error or "")
    if not needed:
        return
    if facts.owner != around.uid:
        raise ParseFailure("NetrcParseError: ~/.netrc file owner does not match current user")
    if facts.shared:
        raise ParseFailure(_TOO_OPEN)


def stdlib(client: Client, url: Url, around: Surroundings) -> Sent:
    """netrc.netrc().authenticators(host), with the default path and so with its permission check."""
    chosen = chosen_file(client, around)
    if not chosen.tried:
        return replace(NOTHING, error=chosen.error)
    path = chosen.path or chosen.tried[0].path
    try:
        entries = _load(client, around, path, default_path=bool(client.setting("checks", True)))
    except Unreadable as failure:
        return replace(NOTHING, error=str(failure), path=path)
    if client.setting("checks") == "always":
        facts = around.facts(path)
        if facts is not None and (facts.shared or facts.owner != around.uid):
            return replace(NOTHING, error=_TOO_OPEN, path=path)
    entry = entries.machine(url.host) if client.setting("no default") else entries.authenticators(url.host)
    if entry is None:
        return replace(NOTHING, path=path)
    how = "universal" if version_of(client) >= (3,) else "bytes"
    sent = Sent(encode(entry.login, how), encode(entry.password, how))
    return found_at(sent, entries.opened, entry)


def _netrc_auth(client: Client, around: Surroundings, host: str) -> Sent | None:
    """requests.utils.get_netrc_auth: parse errors and unreadable files count as no file."""
    chosen = chosen_file(client, around)
    if chosen.path is None:
        return None
    try:
        entries = _load(client, around, chosen.path, default_path=False)
    except Unreadable as failure:
        if str(failure).startswith("UnicodeDecodeError"):
            return replace(NOTHING, error=str(failure), path=chosen.path)
        return None
    entry = entries.authenticators(host)
    if entry is None:
        return None
    if client.setting("needs any") and not (entry.login or entry.account or entry.password):
        return None
    login = entry.login or entry.account
    sent = _latin1(client, login, entry.password)
    return found_at(sent, entries.opened, entry)


def _latin1(client: Client, login: str | None, password: str | None) -> Sent:
    """requests formats missing values as the word None and encodes as latin-1."""
    if version_of(client) < (3,):
        return Sent(str(login).encode("latin-1"), str(password).encode("latin-1"))
    try:
        return Sent(str(login).encode("latin-1"), str(password).encode("latin-1"))
    except UnicodeEncodeError:
        return Sent(error="UnicodeEncodeError: 'latin-1' codec can't encode character")


def _netloc_host(url: Url, host: str) -> str:
    """Older requests cut the authority at the first colon, user included."""
    authority = "" if url.user is None else url.user + ("" if url.password is None else f":{url.password}") + "@"
    authority += host + ("" if url.port is None else f":{url.port}")
    return authority.split(":")[0]


def requests(client: Client, url: Url, around: Surroundings) -> Sent:
    """netrc first, then the URL's user and password when both are there."""
    host = url.host.lower() if client.setting("hostname") else _netloc_host(url, url.bracketed)
    sent = _netrc_auth(client, around, host)
    if sent is not None:
        return sent
    if url.user is not None and url.password is not None and (url.user or url.password):
        return from_url(url)
    return NOTHING


def httpie(client: Client, url: Url, around: Surroundings) -> Sent:
    """A user in the URL wins, with an empty password if need be."""
    if url.user is not None:
        return from_url(url)
    return requests(client, url, around)


def pip(client: Client, url: Url, around: Surroundings) -> Sent:
    """Both in the URL win; a user alone asks netrc for the whole authority before the first colon."""
    if url.user is not None and url.password is not None:
        return from_url(url)
    host = url.bracketed if url.is_ipv6 else url.ascii_host.lower()
    sent = _netrc_auth(client, around, _netloc_host(url, host))
    if sent is not None:
        return sent
    return from_url(url) if url.user is not None else NOTHING


def httpx_auth(client: Client, url: Url, around: Surroundings) -> Sent:
    """httpx.NetRCAuth(): the default file; needs a password; ignores the URL's user."""
    sent = stdlib(client, Url(url.scheme, url.unicode_host.lower(), is_ipv6=url.is_ipv6), around)
    if sent.error or sent.password:
        return sent
    return replace(sent, login=None, password=None)


def httpx_environment(client: Client, url: Url, around: Surroundings) -> Sent:
    """httpx before 0.24 with trust_env: URL first, then the first file that reads without error."""
    if url.user or url.password:
        return from_url(url)
    home = choose(replace(client.files, variable=""), around)
    named = choose(client.files, around)
    for candidate in (*named.tried, *(home.tried if named.tried != home.tried else ())):
        facts = around.facts(candidate.path)
        if facts is None or facts.kind != "file":
            continue
        try:
            entries = _load(client, around, candidate.path, default_path=False)
        except Unreadable as failure:
            if str(failure).startswith("UnicodeDecodeError"):
                return replace(NOTHING, error=str(failure), path=candidate.path)
            continue
        entry = entries.authenticators(url.unicode_host.lower())
        if entry is None:
            return replace(NOTHING, path=candidate.path)
        sent = Sent(encode(entry.login or "", "utf-8"), encode(entry.password or "", "utf-8"))
        if client.setting("needs password") and not entry.password:
            return replace(NOTHING, path=candidate.path)
        return found_at(sent, entries.opened, entry)
    return NOTHING


def aiohttp(client: Client, url: Url, around: Surroundings) -> Sent:
    """trust_env=True: the URL's user wins; a colon in the login is refused."""
    warnings: tuple[str, ...] = ()
    if url.user is not None or url.password is not None:
        return from_url(url)
    chosen = chosen_file(client, around)
    path = chosen.path or (chosen.tried[0].path if chosen.tried else None)
    if path is None:
        return NOTHING
    try:
        entries = _load(client, around, path, default_path=False)
    except ParseFailure as failure:
        return replace(NOTHING, warnings=(f"Could not parse .netrc file: {failure}",), path=path)
    except Unreadable as failure:
        return _aiohttp_unreadable(client, around, path, str(failure))
    if client.setting("ignores netrc"):
        return replace(NOTHING, path=path, warnings=warnings)
    entry = entries.authenticators(url.unicode_host.lower())
    if entry is None:
        return replace(NOTHING, path=path)
    login = entry.login if entry.login or entry.account is None else entry.account
    if ":" in (login or ""):
        return replace(NOTHING, path=path, error='ValueError: A ":" is not allowed in login (RFC 1945#section-11.1)')
    sent = _latin1(client, login, entry.password or "")
    return found_at(sent, entries.opened, entry)


def _aiohttp_unreadable(client: Client, around: Surroundings, path: str, message: str) -> Sent:
    if message.startswith("UnicodeDecodeError"):
        return replace(NOTHING, error=message, path=path)
    facts = around.facts(path)
    named = bool(around.environ.get("NETRC"))
    if named or (facts is not None and facts.kind == "file"):
        return replace(NOTHING, warnings=(f"Could not read .netrc file: {message.partition(': ')[2]}",))
    return NOTHING


def uv(client: Client, url: Url, around: Surroundings) -> Sent:
    """Entries only count after a 401; a user in the URL must be the entry's."""
    if url.is_ipv6 and url.scheme == "http":
        return replace(NOTHING, error="error: invalid value for '--allow-insecure-host <ALLOW_INSECURE_HOST>'")
    if url.user is not None and url.password:
        return replace(from_url(url), preemptive=True)
    chosen = chosen_file(client, around)
    fallback = NOTHING if url.user is None else replace(from_url(url), preemptive=True)
    if chosen.path is None:
        return fallback
    try:
        opened = Opened(decode(read_bytes(around, chosen.path), "replace"), chosen.path)
    except Unreadable:
        return fallback
    reading = python_lex.read(opened.text, python_lex.UV)
    if reading.error:
        return fallback
    host = url.ascii_host.lower()
    entry = last_entry(tuple(replace(e, machine=None) if e.machine == "default" else e for e in reading.entries), host)
    if entry is None or (url.user and url.user != entry.login):
        return fallback
    sent = Sent(encode(entry.login, "utf-8"), encode(entry.password, "utf-8"), preemptive=url.user is not None)
    return found_at(sent, opened, entry)
