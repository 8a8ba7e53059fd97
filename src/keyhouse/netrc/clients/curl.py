"""curl and everything on libcurl: R, git, pycurl."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..dialects import curl_lexer, curl_scan
from ..dialects.curl_profiles import CurlProfile, Version, profile_of
from ..dialects.curl_scan import Code, Scan
from ..dialects.reading import place
from ..surroundings import Surroundings
from ..url import Url
from .model import NOTHING, Client, Sent, Unreadable, chosen_file, read_bytes, wire


@dataclass(frozen=True, slots=True)
class _Lookup:
    """One search in one file: what curl knows when it starts."""

    client: Client
    profile: CurlProfile
    version: Version
    required: bool
    url: Url
    host: str


def credentials(client: Client, url: Url, around: Surroundings) -> Sent:
    """Combine URL and file as this version does; `required` is `curl -n`, otherwise `--netrc-optional`."""
    version = client.setting("version")
    assert isinstance(version, tuple)
    debian = bool(client.setting("debian"))
    host = url.ascii_host if client.setting("idn") else url.host.encode().decode("latin-1")
    profile = profile_of(version, debian=debian)
    lookup = _Lookup(client, profile, version, bool(client.setting("required")), url, host)
    if profile.generation == 1:
        return _first(lookup, around)
    return _second(lookup, around)


def _scan(lookup: _Lookup, around: Surroundings, login: str | None, password: str | None) -> tuple[Scan, Sent]:
    chosen = chosen_file(lookup.client, around)
    facts = around.facts(chosen.path) if chosen.path is not None else None
    if chosen.path is None or facts is None:
        return Scan(Code.MISSING), replace(NOTHING, why="no file")
    if facts.kind == "directory":
        return Scan(Code.MISSING if lookup.version >= (8, 17) else Code.NO_MATCH), NOTHING
    try:
        text = read_bytes(around, chosen.path).decode("latin-1")
    except Unreadable:
        return Scan(Code.MISSING), NOTHING
    if lookup.profile.scanner == "lexer":
        scan = curl_lexer.search(text, lookup.profile, lookup.host, login)
    else:
        scan = curl_scan.search(text, lookup.profile, lookup.host, login, password)
    if scan.at is None:
        return scan, replace(NOTHING, path=chosen.path)
    line, column = place(text, scan.at)
    return scan, replace(NOTHING, path=chosen.path, line=line, column=column, why=chosen.read[0].why)


def _result(base: Sent, login: str | None, password: str | None) -> Sent:
    return replace(
        base,
        login=None if login is None else login.encode("latin-1"),
        password=None if password is None else password.encode("latin-1"),
    )


def _first(lookup: _Lookup, around: Surroundings) -> Sent:
    user, secret = wire(lookup.url.user), wire(lookup.url.password)
    version, required = lookup.version, lookup.required
    if required and user is not None and (7, 84) <= version < (7, 85):
        return NOTHING
    search_user, search_secret = user, secret
    if required:
        search_secret = None
        if version < (7, 85):
            search_user = None
    if version < (7, 66):
        search_secret = None
    scan, base = _scan(lookup, around, search_user, search_secret)
    if scan.code is Code.SYNTAX:
        return replace(base, error="curl: (26) .netrc parser error")
    if scan.code is not Code.OK:
        keep = not required or version >= (7, 85) or version < (7, 66)
        return _result(base, user, secret) if keep else base
    return _combined(lookup, scan, base)


def _combined(lookup: _Lookup, scan: Scan, base: Sent) -> Sent:
    user, secret = wire(lookup.url.user), wire(lookup.url.password)
    login, password = scan.login, scan.password
    if lookup.version < (7, 66):
        if lookup.required:
            return _result(base, login or user or "", password or secret or "")
        return _result(base, user or login or "", secret or password or "")
    if lookup.version >= (7, 85) and password is None:
        password = secret
    if login is None:
        login = _blank_user(lookup.version, password)
        if login is None:
            return base
    return _result(base, login, password)


def _blank_user(version: Version, password: str | None) -> str | None:
    """What an entry without a login sends as user; 7.76 printed a null pointer."""
    if version < (7, 82):
        return "(nil)" if (7, 76) <= version < (7, 77) else ""
    return None if password is None or version < (7, 85) else ""


def _second(lookup: _Lookup, around: Surroundings) -> Sent:
    user, secret = wire(lookup.url.user), wire(lookup.url.password)
    given = None if lookup.required else secret
    if given and lookup.profile.scanner == "lexer":
        return _result(NOTHING, user, secret)
    if given is not None and lookup.profile.scanner != "lexer":
        return _result(NOTHING, user, secret)
    scan, base = _scan(lookup, around, user, None)
    error = _error(lookup, scan)
    if error:
        return replace(base, error=error)
    if scan.code is not Code.OK:
        return _result(base, user, secret if secret is not None or user is None else "")
    login, password = scan.login, scan.password
    if password is None:
        password = secret
    if login is None and password is None:
        return base
    if login is None and lookup.client.kind == "ftp":
        return replace(base, error="killed by signal 11")
    if lookup.client.kind == "ftp" and _has_control((login or "") + (password or "")):
        return replace(base, error="curl: (26) control code detected in .netrc credentials")
    return _result(base, login or "", password or "")


def _has_control(text: str) -> bool:
    return any(char < " " or char == "\x7f" for char in text)


def _error(lookup: _Lookup, scan: Scan) -> str:
    reports_all = lookup.version < (8, 12, 1)
    if scan.code is Code.SYNTAX and (reports_all or lookup.required):
        return "curl: (26) .netrc parser error" if reports_all else "curl: (26) .netrc error: syntax error"
    if scan.code is Code.MISSING and lookup.required and not reports_all:
        return "curl: (26) .netrc error: no such file"
    return ""


def ftp_credentials(client: Client, url: Url, around: Surroundings) -> Sent:
    """ftp:// with Debian's curl -n: anonymous when nothing matches, a crash when the entry has no login."""
    sent = credentials(client, url, around)
    if sent.error or sent.has_login:
        return sent
    return replace(sent, login=b"anonymous", password=b"ftp@example.com")


def git(client: Client, url: Url, around: Surroundings) -> Sent:
    """libcurl, optional mode, any authentication: nothing before a challenge."""
    sent = credentials(client, url, around)
    return replace(sent, error=f"fatal: unable to access: {sent.error}") if sent.error else sent
