"""A client: which file it reads, how it reads it, what it asks for and what it sends."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..dialects.reading import Found, Reading, place
from ..files import Chosen, FileRule, choose
from ..surroundings import Surroundings
from ..url import Url


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about to be made: `header` is an Authorization header the program set itself."""

    url: Url
    redirect: Url | None = None
    header: str | None = None
    challenged: bool = False
    """The first server asks for a login before it redirects."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one client does about one request. Values are bytes as they go on the wire."""

    login: bytes | None = None
    password: bytes | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()
    path: str | None = None
    line: int | None = None
    column: int | None = None
    why: str = ""
    explicit: str | None = None
    """The program's own Authorization header, when that is what goes out."""
    preemptive: bool = True

    @property
    def has_login(self) -> bool:
        return self.login is not None or self.password is not None

    @property
    def authorization(self) -> str | None:
        if self.explicit is not None:
            return self.explicit
        if not self.has_login:
            return None
        return "Basic " + b2a_base64((self.login or b"") + b":" + (self.password or b""), newline=False).decode()

    def __repr__(self) -> str:
        return f"Sent(login={self.login!r}, error={self.error!r}, line={self.line}, column={self.column})"


NOTHING = Sent()

Credentials = Callable[["Client", Url, Surroundings], Sent]


@dataclass(frozen=True)
class Client:
    """One program or library in one version."""

    name: str
    version: str
    title: str
    credentials: Credentials
    files: FileRule = field(default_factory=FileRule)
    kind: str = "http"
    """http | ftp | library"""
    preemptive: bool = True
    """Sends with the first request; otherwise only after a 401 that asks for Basic."""
    reads: Callable[[str], Reading] | None = None
    decoding: str = "bytes"
    redirect: str = "looks up"
    """looks up | sends nothing"""
    header: str = "header"
    """Which wins over the other: header | netrc | refuses"""
    permission: str = "ignores"
    """ignores | python | always | aria2 | perl | ftp | git-helper | exact 0600: see permissions.py"""
    settings: tuple[tuple[str, object], ...] = ()

    def setting(self, name: str, default: object = None) -> object:
        return dict(self.settings).get(name, default)

    @property
    def spec(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name


def attempt(client: Client, asked: Asked, around: Surroundings) -> Sent:
    """Return what the client sends: on the first request, or else on the one a redirect leads to."""
    sent = client.credentials(client, asked.url, around)
    if not sent.has_login:
        sent = replace(sent, preemptive=False)
    if asked.header is not None:
        return _with_header(client, sent, asked.header)
    first_sends = sent.has_login and client.preemptive
    if asked.redirect is not None and not asked.challenged and not first_sends and not sent.error:
        if client.redirect != "looks up":
            return replace(sent, preemptive=False)
        target = client.credentials(client, asked.redirect.without_login(), around)
        return replace(target, preemptive=False)
    return replace(sent, preemptive=sent.preemptive and client.preemptive)


def _with_header(client: Client, sent: Sent, header: str) -> Sent:
    if client.header == "refuses" and sent.has_login:
        return Sent(error="ValueError: Cannot combine AUTHORIZATION header with AUTH argument")
    if client.header == "netrc" and sent.has_login:
        return sent
    return replace(sent, login=None, password=None, explicit=header, preemptive=True)


class Unreadable(Exception):
    """The file is there but cannot be opened or decoded; the message is the client's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's text as the client sees it, with its path."""

    text: str
    path: str


def read_bytes(around: Surroundings, path: str) -> bytes:
    """Read or raise Unreadable with the operating system's words."""
    try:
        return around.read(path)
    except OSError as failure:
        raise Unreadable(f"{type(failure).__name__}: [Errno {failure.errno}] {failure.strerror}: '{path}'") from None


def decode(data: bytes, how: str) -> str:
    """Decode as `how` says: bytes, utf-8, universal (and line ends), replace. Raise Unreadable."""
    if how == "bytes":
        return data.decode("latin-1")
    if how == "escaped":
        return data.decode("utf-8", "surrogateescape")
    if how == "emacs":
        return _emacs(data)
    if how == "replace":
        return data.decode("utf-8", "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as failure:
        raise Unreadable(f"UnicodeDecodeError: 'utf-8' codec can't decode byte in position {failure.start}") from None
    if how == "universal" and "\r" in text:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _emacs(data: bytes) -> str:
    """Guess the coding and the line ends, as Emacs does when it visits a file."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data:
        return data.decode("latin-1")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    lines = text.count("\n")
    if lines and text.count("\r\n") == lines:
        return text.replace("\r\n", "\n")
    return text if lines else text.replace("\r", "\n")


def encode(text: str | None, how: str) -> bytes | None:
    """Turn a value back into the bytes a client would print or send."""
    if text is None:
        return None
    if how == "bytes":
        return text.encode("latin-1")
    return text.encode("utf-8", "surrogateescape" if how == "escaped" else "replace")


def opened_at(client: Client, around: Surroundings, path: str) -> Opened:
    """Return a file, decoded as the client does. Raise Unreadable."""
    return Opened(decode(read_bytes(around, path), client.decoding), path)


def open_unless_folder(client: Client, around: Surroundings) -> Opened | None:
    """Return the file the client reads, decoded; None when there is none or it is a folder. Raise Unreadable."""
    chosen = chosen_file(client, around)
    facts = around.facts(chosen.path) if chosen.path is not None else None
    if chosen.path is None or (facts is not None and facts.kind == "directory"):
        return None
    return opened_at(client, around, chosen.path)


def chosen_file(client: Client, around: Surroundings) -> Chosen:
    """Return which file the client reads."""
    return choose(client.files, around)


def found_at(sent: Sent, opened: Opened, entry: Found) -> Sent:
    """Add the entry's position."""
    line, column = place(opened.text, entry.at)
    return replace(sent, path=opened.path, line=line, column=column)


def entry_of(client: Client, opened: Opened, entry: Found | None) -> Sent:
    """Return what an entry says, in the bytes the client makes of it."""
    if entry is None:
        return replace(NOTHING, path=opened.path)
    how = client.decoding
    return found_at(Sent(encode(entry.login, how), encode(entry.password, how)), opened, entry)


def wire(text: str | None) -> str | None:
    """Return text as a program that knows only bytes holds it: one character a byte."""
    return None if text is None else text.encode().decode("latin-1")


def first_entry(entries: tuple[Found, ...], host: str, *, fold: bool = False) -> Found | None:
    """Return the first entry of a machine, never `default`."""
    wanted = host.lower() if fold else host
    for entry in entries:
        if entry.machine is not None and (entry.machine.lower() if fold else entry.machine) == wanted:
            return entry
    return None


def last_entry(entries: tuple[Found, ...], host: str) -> Found | None:
    """Return the last entry of a machine, else the last `default`."""
    default = None
    for entry in reversed(entries):
        if entry.machine == host:
            return entry
        if entry.machine is None and default is None:
            default = entry
    return default


def from_url(url: Url) -> Sent:
    """Return the URL's own user and password, a missing one as nothing."""
    return Sent((url.user or "").encode(), (url.password or "").encode(), why="the URL names them")
