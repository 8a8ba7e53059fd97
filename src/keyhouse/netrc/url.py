"""The parts of a URL that decide about credentials, before any client has changed them."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Url:
    """`host` keeps its spelling and has no brackets; `user` and `password` are percent-decoded."""

    scheme: str
    host: str
    port: int | None = None
    user: str | None = None
    password: str | None = None
    path: str = "/"
    is_ipv6: bool = False

    def __repr__(self) -> str:
        return f"Url({self.scheme}://{self.bracketed}{'' if self.port is None else f':{self.port}'}{self.path})"

    @property
    def bracketed(self) -> str:
        return f"[{self.host}]" if self.is_ipv6 else self.host

    @property
    def on_wire(self) -> str:
        """The bracketed host as a program that knows only bytes holds it: one character a byte."""
        return self.bracketed.encode().decode("latin-1")

    @property
    def ascii_host(self) -> str:
        """The host as DNS sees it, or unchanged when it has no such form."""
        if self.host.isascii():
            return self.host
        try:
            return self.host.encode("idna").decode("ascii")
        except UnicodeError:
            return self.host

    @property
    def unicode_host(self) -> str:
        """The host as people read it."""
        if "xn--" not in self.host:
            return self.host
        try:
            return self.host.encode("ascii").decode("idna")
        except UnicodeError:
            return self.host

    def without_login(self) -> Url:
        return replace(self, user=None, password=None)


def parse_url(text: str) -> Url:
    """Parse an absolute URL or a bare host name (taken as https). Raise ValueError for anything else."""
    if "://" not in text:
        text = f"https://{text}"
    scheme, _, rest = text.partition("://")
    authority_end = min((i for i in map(rest.find, "/?#") if i >= 0), default=len(rest))
    authority, path = rest[:authority_end], rest[authority_end:] or "/"
    login, at, address = authority.rpartition("@")
    user, colon, password = login.partition(":")
    host, port, is_ipv6 = _address(address)
    if not host or not scheme:
        raise ValueError("not a URL: write it like https://machine/path")
    return Url(
        scheme.lower(),
        host,
        port,
        _decode(user) if at else None,
        _decode(password) if at and colon else None,
        path,
        is_ipv6,
    )


def _address(text: str) -> tuple[str, int | None, bool]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise ValueError("not a URL: an address in brackets has a closing one")
        port = rest.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    if port and not (port.isascii() and port.isdecimal() and int(port) < 65536):
        raise ValueError("not a port number between 0 and 65535")
    return host, int(port) if port else None, text.startswith("[")


def _decode(text: str) -> str:
    from urllib.parse import unquote

    return unquote(text) if "%" in text else text
