"""Programs that read netrc themselves and speak HTTP: wget2, cadaver, aria2, lftp, Go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..dialects import golang, wget, wget2, words
from ..dialects.reading import Found, Reading
from ..surroundings import Surroundings
from ..url import Url
from .model import (
    NOTHING,
    Client,
    Opened,
    Sent,
    Unreadable,
    chosen_file,
    decode,
    entry_of,
    first_entry,
    found_at,
    from_url,
    open_unless_folder,
    read_bytes,
    wire,
)

Read = Callable[[str], Reading]


def wget2_http(client: Client, url: Url, around: Surroundings) -> Sent:
    """Answers every challenge, with an empty user and password if nothing matches."""
    empty = Sent(b"", b"")
    try:
        opened = open_unless_folder(client, around)
    except Unreadable:
        opened = None
    if opened is None:
        return _wget2_url(url, empty)
    table: dict[str, Found] = {}
    for entry in wget2.read(opened.text).entries:
        table["default" if entry.machine is None else entry.machine] = entry
    found = None if url.is_ipv6 else table.get(url.ascii_host.lower())
    found = found or table.get("default")
    if found is None:
        return _wget2_url(url, empty)
    login, password = found.login or "", found.password or ""
    return found_at(Sent(login.encode("latin-1"), password.encode("latin-1")), opened, found)


def _wget2_url(url: Url, empty: Sent) -> Sent:
    return from_url(url) if url.user is not None else empty


def cadaver(client: Client, url: Url, around: Surroundings) -> Sent:
    """The first entry, or a `default` before it; the URL's user is ignored."""
    if "HOME" not in around.environ:
        return replace(NOTHING, error="no request was sent")
    try:
        opened = open_unless_folder(client, around)
    except Unreadable:
        opened = None
    if opened is None:
        return NOTHING
    reading = wget.read(opened.text, wget.CADAVER)
    for entry in reading.entries:
        if entry.machine is None or entry.machine == url.on_wire:
            if entry.password is None or ":" in (entry.login or ""):
                break
            entry = replace(entry, login=(entry.login or "")[:255], password=entry.password[:255])
            return replace(entry_of(client, opened, entry), warnings=reading.warnings)
    return replace(NOTHING, warnings=reading.warnings)


def aria2(client: Client, url: Url, around: Surroundings) -> Sent:
    """Ignores a file others may read; `.domain` matches below it; `default` is not for HTTP."""
    if url.user:
        return from_url(url)
    chosen = chosen_file(client, around)
    facts = around.facts(chosen.path) if chosen.path else None
    if chosen.path is None or facts is None or facts.kind != "file" or facts.shared:
        return NOTHING
    try:
        opened = Opened(decode(read_bytes(around, chosen.path), "bytes"), chosen.path)
    except Unreadable:
        return replace(NOTHING, error="no request was sent")
    reading = words.aria2(opened.text)
    if reading.error:
        return replace(NOTHING, error=reading.error)
    if not url.host.isascii():
        return replace(NOTHING, error="no request was sent")
    host = url.host
    for entry in reading.entries:
        if entry.machine is None:
            return NOTHING
        if _aria2_match(entry.machine, host):
            return entry_of(client, opened, entry)
    return NOTHING


def _aria2_match(machine: str, host: str) -> bool:
    if machine.startswith(".") and not host.replace(".", "").isdecimal() and ":" not in host:
        return f".{host}".endswith(machine)
    return machine == host


def lftp_http(client: Client, url: Url, around: Surroundings) -> Sent:
    """`lftp -c 'cat URL'` looks into netrc for a user the URL names; without a match it loops on the 401."""
    if url.is_ipv6:
        return replace(NOTHING, error="cat: No address found")
    if url.user is None:
        return NOTHING
    if url.password is not None:
        return from_url(url)
    sent = _lftp(client, url, around)
    return (
        sent
        if sent is not None and sent.login == url.user.encode()
        else replace(NOTHING, error="no request was sent | timed out")
    )


def _lftp(client: Client, url: Url, around: Surroundings) -> Sent | None:
    try:
        opened = open_unless_folder(client, around)
    except Unreadable:
        return None
    if opened is None:
        return None
    entry = words.lftp(opened.text, (wire(url.host) or "").lower(), wire(url.user))
    if entry is None or entry.login is None or entry.password is None:
        return None
    return entry_of(client, opened, entry)


def lftp_ftp(client: Client, url: Url, around: Surroundings) -> Sent:
    """`open HOST`: login and password of the host, else anonymous."""
    if url.user is not None and url.password is not None:
        return from_url(url)
    sent = _lftp(client, url, around)
    return sent if sent is not None else replace(NOTHING, login=b"anonymous", password=b"lftp@")


def go_by_host(client: Client, url: Url, around: Surroundings) -> Sent:
    """Up to 1.23: the first entry of the host name, whatever the port; netrc beats the URL."""
    opened = _go_open(client, around)
    reading = golang.read(opened.text) if opened else Reading()
    entry = first_entry(reading.entries, url.host)
    if opened is not None and entry is not None:
        return entry_of(client, opened, entry)
    return from_url(url) if url.user is not None else NOTHING


def go_by_prefix(client: Client, url: Url, around: Surroundings) -> Sent:
    """1.24 on: the machine is a prefix of host[:port]/path; a user in the URL wins."""
    if url.user is not None:
        return from_url(url)
    opened = _go_open(client, around)
    reading = golang.read(opened.text) if opened else Reading()
    address = url.bracketed + ("" if url.port is None else f":{url.port}")
    best: Found | None = None
    prefixes: dict[str, Found] = {}
    for entry in reading.entries:
        prefixes.setdefault((entry.machine or "").rstrip("/"), entry)
    path = address + url.path
    while path and best is None:
        best = prefixes.get(path.rstrip("/"))
        path = path.rstrip("/").rpartition("/")[0]
    if opened is None or best is None:
        return NOTHING
    return entry_of(client, opened, best)


def _go_open(client: Client, around: Surroundings) -> Opened | None:
    try:
        return open_unless_folder(client, around)
    except Unreadable:
        return None


def mercurial(client: Client, url: Url, around: Surroundings) -> Sent:
    """Has no netrc at all."""
    if url.user is not None and url.password:
        return replace(from_url(url), warnings=("abort: what answers is no Mercurial repository",))
    return NOTHING
