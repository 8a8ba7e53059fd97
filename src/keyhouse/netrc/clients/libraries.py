"""Parsers used as libraries: what a look-up returns. JGit, Bazel, Perl, Ruby, npm, Emacs."""

from __future__ import annotations

from dataclasses import replace

from ..dialects import emacs, perl, ruby
from ..dialects.reading import Found, Reading
from ..files import choose
from ..surroundings import Surroundings
from ..url import Url
from .model import (
    NOTHING,
    Client,
    Sent,
    Unreadable,
    chosen_file,
    entry_of,
    first_entry,
    opened_at,
)


def _lookup(client: Client, around: Surroundings, host: str, *, first: bool, default: bool) -> Sent:
    """Read with the client's dialect and take the first or last entry of the host."""
    chosen = chosen_file(client, around)
    if chosen.path is None:
        if client.setting("must exist") and around.environ.get(client.files.variable):
            return replace(NOTHING, error="FileNotFoundError: [Errno 2] No such file or directory")
        if client.setting("missing") and chosen.tried:
            return replace(NOTHING, error=f"{client.setting('missing')}, open '{chosen.tried[0].path}'")
        return NOTHING
    try:
        opened = opened_at(client, around, chosen.path)
    except Unreadable as failure:
        return replace(NOTHING, error=str(failure), path=chosen.path)
    assert client.reads is not None
    if client.decoding == "bytes":
        host = host.encode().decode("latin-1")
    reading = client.reads(opened.text)
    if reading.error:
        return replace(NOTHING, error=reading.error, path=chosen.path)
    return entry_of(client, opened, _pick(reading, host, first=first, default=default))


def _pick(reading: Reading, host: str, *, first: bool, default: bool) -> Found | None:
    entries = reading.entries if first else tuple(reversed(reading.entries))
    entry = first_entry(entries, host)
    if entry is None and default:
        entry = next((e for e in entries if e.machine is None), None)
    return entry


def jgit(client: Client, url: Url, around: Surroundings) -> Sent:
    """The last entry wins; `default`, and a machine called so, is the fallback."""
    return _lookup(client, around, url.bracketed, first=False, default=True)


def bazel(client: Client, url: Url, around: Surroundings) -> Sent:
    """Last entry wins; both login and password are needed."""
    host = "[" if url.is_ipv6 else url.host
    sent = _lookup(client, around, host, first=False, default=True)
    return sent if sent.login is not None and sent.password is not None else replace(sent, login=None, password=None)


def last_wins(client: Client, url: Url, around: Surroundings) -> Sent:
    """npm's netrc: the last entry, no default."""
    return _lookup(client, around, url.host, first=False, default=False)


def first_wins(client: Client, url: Url, around: Surroundings) -> Sent:
    """Heroku's netrc-parser: the first entry, no default."""
    return _lookup(client, around, url.host, first=True, default=False)


def last_or_default(client: Client, url: Url, around: Surroundings) -> Sent:
    """netrc-reader: the last entry, else default."""
    return _lookup(client, around, url.host, first=False, default=True)


def ruby_gem(client: Client, url: Url, around: Surroundings) -> Sent:
    """The file must have mode 0600 exactly; the first entry, or the default when it stands last."""
    chosen = chosen_file(client, around)
    facts = around.facts(chosen.path) if chosen.path else None
    if chosen.path is None or facts is None:
        variable = around.environ.get("NETRC")
        beside = around.facts(variable) if variable else None
        if beside is not None and beside.kind == "file":
            return replace(NOTHING, error="Errno::ENOTDIR: Not a directory @ rb_file_s_stat")
        return NOTHING
    if facts.mode != 0o600:
        return replace(NOTHING, error=f"Netrc::Error: Permission bits should be 0600, but are {facts.mode:o}")
    try:
        opened = opened_at(client, around, chosen.path)
    except Unreadable as failure:
        broken = str(failure).startswith("UnicodeDecodeError")
        return replace(NOTHING, error="ArgumentError: invalid byte sequence in UTF-8" if broken else str(failure))
    reading = ruby.read(opened.text)
    if reading.error:
        return replace(NOTHING, error=reading.error, path=chosen.path)
    entries = reading.entries
    default = entries[-1] if entries and entries[-1].machine is None else None
    return entry_of(client, opened, first_entry(entries, url.host) or default)


def _private(around: Surroundings, path: str) -> str:
    facts = around.facts(path)
    if facts is None:
        return ""
    if facts.shared:
        return f"Bad permissions: {path}"
    return "" if facts.owner == around.uid else f"Not owner: {path}"


def net_netrc(client: Client, url: Url, around: Surroundings) -> Sent:
    """Net::Netrc->lookup(host, user): with a user, only an entry of that user, and then no default."""
    chosen = chosen_file(client, around)
    if not chosen.tried:
        return replace(NOTHING, warnings=("Use of uninitialized value $home in concatenation (.) or string",))
    if chosen.path is None:
        return NOTHING
    if complaint := _private(around, chosen.path):
        return replace(NOTHING, warnings=(complaint,), path=chosen.path)
    try:
        opened = opened_at(client, around, chosen.path)
    except Unreadable:
        return NOTHING
    reading = perl.net_netrc(opened.text)
    if reading.error:
        return replace(NOTHING, error=reading.error, path=chosen.path)
    host = url.host.encode().decode("latin-1")
    mine = [e for e in reading.entries if e.machine == host]
    if mine:
        user = url.user
        entry = mine[0] if user is None else next((e for e in mine if e.login == user), None)
    else:
        entry = _perl_default(reading)
    return entry_of(client, opened, entry)


def _perl_default(reading: Reading) -> Found | None:
    """The last `default`; a machine called default counts when there is none."""
    keyword = next((e for e in reversed(reading.entries) if e.machine is None), None)
    return keyword or first_entry(reading.entries, "default")


def git_helper(client: Client, url: Url, around: Surroundings) -> Sent:
    """Compares the host as git gives it, port included when the URL has one."""
    host = url.bracketed
    if client.setting("with port") and url.port is not None:
        host = f"{host}:{url.port}"
    for candidate in choose(client.files, around).tried:
        if around.facts(candidate.path) is None or _private(around, candidate.path):
            continue
        try:
            opened = opened_at(client, around, candidate.path)
        except Unreadable:
            continue
        reading = perl.git_helper(opened.text)
        if reading.error:
            return replace(NOTHING, error=reading.error, path=candidate.path)
        for entry in reading.entries:
            if entry.account is not None and entry.account != url.scheme:
                continue
            if entry.machine == host and (entry.login is None or url.user in (None, entry.login)):
                sent = entry_of(client, opened, entry)
                return sent if entry.login is not None or url.user is None else replace(sent, login=url.user.encode())
    return NOTHING


def auth_source(client: Client, url: Url, around: Surroundings) -> Sent:
    """The first entry whose machine, user and port do not contradict; default matches anything."""
    for candidate in choose(client.files, around).read:
        try:
            opened = opened_at(client, around, candidate.path)
        except Unreadable as failure:
            return replace(NOTHING, error=str(failure), path=candidate.path)
        entries, error = emacs.pairs(opened.text)
        if error:
            return replace(NOTHING, error=error, path=candidate.path)
        for pairs, at in entries:
            if _emacs_matches(pairs, url):
                return entry_of(client, opened, emacs.entry(pairs, at))
    return NOTHING


def _emacs_matches(pairs: emacs.Pairs, url: Url) -> bool:
    names = dict(reversed(pairs))
    machine = names.get("machine", names.get("host")) if "machine" in names or "host" in names else None
    if ("machine" in names or "host" in names) and machine is not None and machine != url.host:
        return False
    user = names.get("login") or names.get("account") or names.get("user")
    return user is None or url.user is None or user == url.user
