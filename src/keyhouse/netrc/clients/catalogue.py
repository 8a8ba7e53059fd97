"""Every client this package knows: name, version, rules. One line a client."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from . import places
from .model import Client, Credentials, Sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..dialects.reading import Reading
    from ..files import FileRule
    from ..surroundings import Surroundings
    from ..url import Url


def _acts(path: str) -> Credentials:
    """Return what a client does, `module.function`; its module is imported when the client is asked."""
    module, _, name = path.partition(".")

    def credentials(client: Client, url: Url, around: Surroundings) -> Sent:
        sent: Sent = getattr(import_module(f".{module}", __package__), name)(client, url, around)
        return sent

    return credentials


def _reads(path: str) -> Callable[[str], Reading]:
    """Return a dialect, `module.function`, likewise."""
    module, _, name = path.partition(".")

    def read(text: str) -> Reading:
        reading: Reading = getattr(import_module(f"..dialects.{module}", __package__), name)(text)
        return reading

    return read


def _curl(number_text: str, *, required: bool = True, debian: bool = False, **more: object) -> Client:
    number = tuple(int(part) for part in number_text.split("."))
    settings: tuple[tuple[str, object], ...] = (
        ("version", number), ("required", required), ("debian", debian), ("idn", debian),
    )  # fmt: skip
    name = "curl" if required else "libcurl"
    suffix = "+deb12" if debian else ""
    client = Client(
        name,
        number_text + suffix,
        f"{name} {number_text}",
        _acts("curl.credentials"),
        places.curl(number),
        settings=settings,
    )
    return replace(client, **more)  # type: ignore[arg-type]


CURL_VERSIONS = (
    "7.61.1", "7.68.0", "7.76.1", "7.81.0", "7.84.0", "7.85.0", "8.5.0", "8.7.1", "8.11.0", "8.11.1", "8.12.0",
    "8.12.1", "8.14.1", "8.16.0", "8.20.0", "8.21.0", "8.23.0",
)  # fmt: skip


def _python(name: str, version: str, python_version: str, acts: str, **more: object) -> Client:
    number = tuple(int(part) for part in python_version.split("."))
    settings = (("python", number), *more.pop("settings", ()))  # type: ignore[misc]
    shown = version or python_version
    return Client(name, shown, f"{name} {shown}", _acts(acts), settings=settings, **more)  # type: ignore[arg-type]


def _stdlib(version: str) -> Client:
    rule = places.STDLIB if tuple(int(p) for p in version.split(".")) >= (3, 7) else places.STDLIB_OLD
    return _python("python", "", version, "python.stdlib", files=rule, kind="library", permission="python")


def _requests(version: str, python_version: str, *settings: str) -> Client:
    return _python(
        "requests", version, python_version, "python.requests", files=places.REQUESTS, header="netrc",
        settings=tuple((name, True) for name in settings),
    )  # fmt: skip


@cache
def clients() -> dict[str, Client]:
    """Return all clients by key; a key is unique and stable."""
    table: dict[str, Client] = {}
    for version in CURL_VERSIONS:
        table[f"curl@{version}"] = _curl(version)
        table[f"libcurl@{version}"] = _curl(version, required=False)
    table["curl@7.88.1+deb12"] = _curl("7.88.1", debian=True)
    table["libcurl@7.88.1+deb12"] = _curl("7.88.1", required=False, debian=True)
    table["curl-ftp@7.88.1+deb12"] = _curl(
        "7.88.1", debian=True, name="curl-ftp", kind="ftp", credentials=_acts("curl.ftp_credentials")
    )
    table["r@4+libcurl7.88.1"] = _curl("7.88.1", required=False, debian=True, name="r", version="4+libcurl7.88.1",
                                         files=places.r((7, 88, 1)))  # fmt: skip
    table["git@2.39.5"] = _curl(
        "7.88.1",
        required=False,
        debian=True,
        name="git",
        version="2.39.5",
        credentials=_acts("curl.git"),
        files=places.git((7, 88, 1)),
        preemptive=False,
    )
    for version in ("2.7.18", "3.6.15", "3.7.16", "3.9.18", "3.10.13", "3.11.7", "3.13.0"):
        table[f"python@{version}"] = _stdlib(version)
    table["requests@2.27.1/python2.7"] = _requests("2.27.1", "2.7.18")
    table["requests@2.27.1/python3.6"] = _requests("2.27.1", "3.6.15")
    table["requests@2.32.3/python3.10"] = _requests("2.32.3", "3.10.13")
    table["requests@2.32.3"] = _requests("2.32.3", "3.11.7")
    table["requests@2.34.2"] = _requests("2.34.2", "3.11.7", "hostname", "needs any")
    table["requests@2.34.2/python3.13"] = _requests("2.34.2", "3.13.0", "hostname", "needs any")
    table |= _python_web()
    table |= _programs()
    table |= _libraries()
    return table


def _python_web() -> dict[str, Client]:
    return {
        "httpx@0.28.1": _python("httpx", "0.28.1", "3.11.7", "python.httpx_auth", files=places.STDLIB, header="netrc",
                                redirect="sends nothing", permission="python"),
        "httpx@0.23.3": _python("httpx", "0.23.3", "3.11.7", "python.httpx_environment", files=places.HTTPX_OLD,
                                redirect="sends nothing"),
        "aiohttp@3.14.5": _python("aiohttp", "3.14.5", "3.11.7", "python.aiohttp", files=places.AIOHTTP,
                                  header="refuses"),
        "aiohttp@3.8.6": _python("aiohttp", "3.8.6", "3.11.7", "python.aiohttp", files=places.AIOHTTP,
                                 settings=(("ignores netrc", True),)),
        "httpie@3.2.4": _python("httpie", "3.2.4", "3.11.7", "python.httpie", files=places.REQUESTS, header="netrc",
                                settings=(("hostname", True), ("needs any", True))),
        "pip@23.2.1": _python("pip", "23.2.1", "3.11.7", "python.pip", files=places.REQUESTS),
        "tinynetrc@1.3.1": _python("tinynetrc", "1.3.1", "3.11.7", "python.stdlib", files=places.STDLIB,
                                   kind="library", settings=(("checks", False), ("no default", True))),
        "safe-netrc@1.0.1": _python("safe-netrc", "1.0.1", "3.11.7", "python.stdlib", files=places.SAFE_NETRC,
                                    kind="library", settings=(("checks", "always"),), permission="always"),
        "uv@0.13.8": Client("uv", "0.13.8", "uv 0.13.8", _acts("python.uv"), places.UV, decoding="replace"),
    }  # fmt: skip


def _programs() -> dict[str, Client]:
    rows = (
        Client("wget", "1.21.3", "wget 1.21.3", _acts("wget.wget_http"), places.WGET, preemptive=False),
        Client("wget-ftp", "1.21.3", "wget 1.21.3 ftp://", _acts("wget.wget_ftp"), places.WGET, kind="ftp"),
        Client("wget2", "1.99.1", "wget2 1.99.1", _acts("programs.wget2_http"), places.WGET2, preemptive=False),
        Client("cadaver", "0.24", "cadaver 0.24", _acts("programs.cadaver"), places.CADAVER, preemptive=False),
        Client("aria2", "1.36.0", "aria2 1.36.0", _acts("programs.aria2"), places.ARIA2, permission="aria2"),
        Client("lftp", "4.9.2", "lftp 4.9.2 http", _acts("programs.lftp_http"), places.LFTP, preemptive=False),
        Client("lftp-ftp", "4.9.2", "lftp 4.9.2 ftp://", _acts("programs.lftp_ftp"), places.LFTP, kind="ftp"),
        Client("hg", "6.3.2", "Mercurial 6.3.2", _acts("programs.mercurial"), preemptive=False),
        Client("go", "1.19", "go 1.19", _acts("programs.go_by_host"), places.GO, decoding="escaped"),
        Client("go", "1.27.3", "go 1.27.3", _acts("programs.go_by_prefix"), places.GO, decoding="escaped"),
        Client("inetutils-ftp", "2.4", "inetutils-ftp 2.4", _acts("ftp.credentials"), places.INETUTILS, kind="ftp",
               permission="ftp"),
        Client("tnftp", "20210827", "tnftp 20210827", _acts("ftp.credentials"), places.TNFTP, kind="ftp",
               permission="ftp"),
        Client("tnftp-http", "20210827", "tnftp 20210827 http", _acts("ftp.tnftp_http"), places.TNFTP, preemptive=False,
               redirect="sends nothing"),
    )  # fmt: skip
    return {client.spec: client for client in rows}


def _library(name: str, version: str, acts: str, files: FileRule, decoding: str, **more: object) -> Client:
    return Client(name, version, f"{name} {version}", _acts(acts), files, "library",
                  decoding=decoding, **more)  # type: ignore[arg-type] # fmt: skip


def _libraries() -> dict[str, Client]:
    rows = (
        _library("labkey-java", "6", "labkey.labkey_java", places.LABKEY_JAVA, "replace"),
        _library("labkey-rs", "0.4.1", "labkey.labkey_rust", places.LABKEY_RUST, "utf-8"),
        _library("jgit", "4.11.9", "libraries.jgit", places.JGIT, "replace", reads=_reads("words.jgit")),
        _library("bazel", "7", "libraries.bazel", places.BAZEL, "bytes", settings=(("must exist", True),),
                 reads=_reads("words.bazel")),
        _library("npm-netrc", "0.1.4", "libraries.last_wins", places.NPM, "replace", reads=_reads("javascript.npm")),
        _library("heroku", "3.1.6", "libraries.first_wins", places.HEROKU, "replace",
                 reads=_reads("javascript.heroku")),
        _library("netrc-reader", "0.1.1", "libraries.last_or_default", places.READER, "replace",
                 reads=_reads("javascript.reader"),
                 settings=(("missing", "Error: ENOENT: no such file or directory"),)),
        _library("perl", "3.14", "libraries.net_netrc", places.PERL, "bytes", permission="perl"),
        _library("ruby", "0.11.0", "libraries.ruby_gem", places.RUBY, "utf-8", permission="exact 0600"),
        _library("emacs", "28.2", "libraries.auth_source", places.EMACS, "emacs"),
        _library("git-credential-netrc", "2.39", "libraries.git_helper", places.GIT_HELPER, "replace",
                 permission="git-helper"),
        _library("git-credential-netrc", "2.39+port", "libraries.git_helper", places.GIT_HELPER, "replace",
                 permission="git-helper", settings=(("with port", True),)),
    )  # fmt: skip
    return {client.spec: client for client in rows}
