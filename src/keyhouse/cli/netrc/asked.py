"""What a command is asked about: a URL, and the clients that are to answer."""

from typing import TYPE_CHECKING

from keyhouse.cli.failure import Wrong

if TYPE_CHECKING:
    from keyhouse.netrc.clients.model import Client
    from keyhouse.netrc.url import Url

MAIN = ("curl", "requests", "r", "labkey-java", "wget", "git", "httpx")
"""The clients that a scientist has: each in the newest version that is known."""

_TITLES = {
    "curl-ftp": "curl (ftp)",
    "libcurl": "libcurl (optional)",
    "r": "R",
    "labkey-java": "LabKey Java",
    "labkey-rs": "LabKey Rust",
    "python": "Python netrc",
    "jgit": "JGit",
    "hg": "Mercurial",
    "go": "Go",
    "perl": "Perl Net::Netrc",
    "ruby": "Ruby netrc",
    "emacs": "Emacs",
    "npm-netrc": "npm netrc",
    "heroku": "Heroku CLI",
    "bazel": "Bazel",
    "httpie": "HTTPie",
}


_VERSIONS = (("4+libcurl", "4 with libcurl "), ("+deb12", " of Debian 12"), ("+port", " with port"),
             ("/python", " on Python "))  # fmt: skip


def asked_url(text: str) -> "Url":
    """Parse a URL, or a host alone. A password does not belong on a command line."""
    from keyhouse.netrc.url import parse_url

    try:
        url = parse_url(text)
    except ValueError as error:
        raise Wrong(f"This is {error}.") from None
    if url.password is not None:
        raise Wrong("Leave the password out of the URL: other users see command lines. A user alone is fine.")
    if url.scheme not in {"http", "https", "ftp"} or not url.host.isprintable() or " " in url.host:
        raise Wrong("URL is an address such as https://labkey.example.org/labkey.")
    return url


def asked_clients(specs: tuple[str, ...], everybody: bool, platform: str = "") -> list["Client"]:
    """Return the clients by their names, all of them, or the main ones; macOS has a curl of its own."""
    from keyhouse.netrc.clients.catalogue import clients

    if everybody:
        return list(clients().values())
    return [client_of(spec) for spec in specs or (MAIN if platform != "darwin" else ("curl@8.7.1", *MAIN[1:]))]


def client_of(spec: str) -> "Client":
    """Return a client by `name` or `name@version`; `curl@8.5` is curl 8.5.0, and `curl@7.88` the one of Debian."""
    from keyhouse.netrc import UnknownClient, client
    from keyhouse.netrc.clients.catalogue import clients

    begins = [one for key, one in clients().items() if "@" in spec and key.startswith((f"{spec}.", f"{spec}+"))]
    if begins:
        return begins[-1]
    try:
        return client(spec)
    except UnknownClient as error:
        raise Wrong(f"{str(error)[:1].upper()}{str(error)[1:]}. With a version: curl@8.5.") from None


def key_of(client: "Client") -> str:
    """Return what ``--client`` takes for exactly this client."""
    from keyhouse.netrc.clients.catalogue import clients

    return next(key for key, one in clients().items() if one is client)


def title_of(client: "Client") -> str:
    """Name a client as people do, with its version."""
    version = key_of(client).partition("@")[2]
    for raw, shown in _VERSIONS:
        version = version.replace(raw, shown)
    return f"{name_of(client)} {version}"


def name_of(client: "Client") -> str:
    """Name a client as people do, whatever its version."""
    return _TITLES.get(client.name, client.name)
