"""Parsers used as libraries: what a look-up returns. LabKey Java and Rust, JGit, Bazel, Perl, Ruby, npm, Emacs."""

from __future__ import annotations

from dataclasses import replace

from ..dialects import emacs, javascript, labkey, perl, ruby, words
from ..dialects.reading import Found, Reading
from ..files import FileRule, choose
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
    encode,
    first_entry,
    found_at,
    read_bytes,
)

ACCOUNT_HOME = ("account",)
LABKEY_JAVA = FileRule(home=ACCOUNT_HOME, names=(".netrc", "_netrc"), windows_names=(".netrc", "_netrc"), goes_on=True)
LABKEY_RUST = FileRule(home=("HOME",), names=(".netrc", "_netrc"), homeless="cannot determine home directory")
JGIT = FileRule(home=ACCOUNT_HOME, names=(".netrc", "_netrc"))
BAZEL = FileRule(variable="NETRC", home=("HOME",), empty_home_counts=False, windows_names=(".netrc",))
NPM = FileRule(home=("HOME", "HOMEPATH", "USERPROFILE"), windows_home=("HOME", "HOMEPATH", "USERPROFILE"),
               windows_names=(".netrc",), empty_home_counts=False)  # fmt: skip
HEROKU = FileRule(windows_home=("HOME", "HOMEDRIVE+HOMEPATH", "USERPROFILE"), windows_names=("_netrc",))
READER = FileRule(windows_names=(".netrc",))
RUBY = FileRule(
    variable="NETRC", is_folder=True, empty_counts=True, windows_names=("_netrc",), home=("HOME", "account")
)
PERL = FileRule(home=("account", "HOME"), names=(".netrc", "_netrc"),
                windows_home=("HOME", "HOMEDRIVE+HOMEPATH"))  # fmt: skip
EMACS = FileRule(names=(".authinfo", ".authinfo.gpg", ".netrc"), goes_on=True)
GIT_HELPER = FileRule(names=(".authinfo.gpg", ".netrc.gpg", ".authinfo", ".netrc"))


def _sent(client: Client, opened: Opened, entry: Found | None) -> Sent:
    if entry is None:
        return replace(NOTHING, path=opened.path)
    how = client.decoding
    return found_at(Sent(encode(entry.login, how), encode(entry.password, how)), opened, entry)


def _read(client: Client, around: Surroundings, path: str) -> Opened:
    return Opened(decode(read_bytes(around, path), client.decoding), path)


def labkey_java(client: Client, url: Url, around: Surroundings) -> Sent:
    """The first match of the expression for exactly this host, in .netrc, then in _netrc."""
    if not url.host.isascii():
        return NOTHING
    for candidate in choose(client.files, around).read:
        try:
            opened = _read(client, around, candidate.path)
        except Unreadable as failure:
            return replace(NOTHING, error=f"java.io.FileNotFoundException: {failure}", path=candidate.path)
        entry = first_entry(labkey.java(opened.text).entries, url.bracketed)
        if entry is not None:
            return _sent(client, opened, entry)
    return NOTHING


def labkey_rust(client: Client, url: Url, around: Surroundings) -> Sent:
    """The first entry of exactly this host; it must have a password."""
    chosen = chosen_file(client, around)
    if not chosen.tried:
        return replace(NOTHING, error=chosen.error)
    if chosen.path is None:
        return replace(NOTHING, error="no netrc file")
    try:
        opened = _read(client, around, chosen.path)
    except Unreadable as failure:
        return replace(NOTHING, error=str(failure), path=chosen.path)
    reading = labkey.rust(opened.text)
    entry = first_entry(reading.entries, url.host)
    if reading.error:
        return replace(NOTHING, error=reading.error, path=chosen.path)
    if entry is not None and entry.password is None:
        return replace(NOTHING, error="entry has no password", path=chosen.path)
    if entry is not None and not entry.login:
        return replace(NOTHING, path=chosen.path)
    return _sent(client, opened, entry)


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
        opened = _read(client, around, chosen.path)
    except Unreadable as failure:
        return replace(NOTHING, error=str(failure), path=chosen.path)
    assert client.reads is not None
    if client.decoding == "bytes":
        host = host.encode().decode("latin-1")
    reading = client.reads(opened.text)
    if reading.error:
        return replace(NOTHING, error=reading.error, path=chosen.path)
    return _sent(client, opened, _pick(reading, host, first=first, default=default))


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
        opened = _read(client, around, chosen.path)
    except Unreadable as failure:
        broken = str(failure).startswith("UnicodeDecodeError")
        return replace(NOTHING, error="ArgumentError: invalid byte sequence in UTF-8" if broken else str(failure))
    reading = ruby.read(opened.text)
    if reading.error:
        return replace(NOTHING, error=reading.error, path=chosen.path)
    entries = reading.entries
    default = entries[-1] if entries and entries[-1].machine is None else None
    return _sent(client, opened, first_entry(entries, url.host) or default)


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
        opened = _read(client, around, chosen.path)
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
    return _sent(client, opened, entry)


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
            opened = _read(client, around, candidate.path)
        except Unreadable:
            continue
        reading = perl.git_helper(opened.text)
        if reading.error:
            return replace(NOTHING, error=reading.error, path=candidate.path)
        for entry in reading.entries:
            if entry.account is not None and entry.account != url.scheme:
                continue
            if entry.machine == host and (entry.login is None or url.user in (None, entry.login)):
                sent = _sent(client, opened, entry)
                return sent if entry.login is not None or url.user is None else replace(sent, login=url.user.encode())
    return NOTHING


def auth_source(client: Client, url: Url, around: Surroundings) -> Sent:
    """The first entry whose machine, user and port do not contradict; default matches anything."""
    for candidate in choose(client.files, around).read:
        try:
            opened = _read(client, around, candidate.path)
        except Unreadable as failure:
            return replace(NOTHING, error=str(failure), path=candidate.path)
        entries, error = emacs.pairs(opened.text)
        if error:
            return replace(NOTHING, error=error, path=candidate.path)
        for pairs, at in entries:
            if _emacs_matches(pairs, url):
                return _sent(client, opened, emacs.entry(pairs, at))
    return NOTHING


def _emacs_matches(pairs: emacs.Pairs, url: Url) -> bool:
    names = dict(reversed(pairs))
    machine = names.get("machine", names.get("host")) if "machine" in names or "host" in names else None
    if ("machine" in names or "host" in names) and machine is not None and machine != url.host:
        return False
    user = names.get("login") or names.get("account") or names.get("user")
    return user is None or url.user is None or user == url.user


DIALECTS = {"jgit": words.jgit, "bazel": words.bazel, "npm": javascript.npm, "heroku": javascript.heroku,
            "reader": javascript.reader}  # fmt: skip
