"""Compare the models with observations of the real clients, case by case.

The observations say what each program sent, or what each library returned. Values are strings of which every
character is one byte; long ones are shortened to their first 20 characters and a length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .clients.catalogue import clients
from .clients.model import Asked, Client, Sent, attempt
from .surroundings import FileFacts, MadeUp
from .url import parse_url

Case = Mapping[str, Any]

_HOME = "/home/observed"
_ACCOUNT_HOME = "/home/account"
_ACCOUNT_FILE = b"machine lk.test login frompasswd password pwhome\n"
"""Where the experiment put the home folder of the account when HOME is unset, and what it kept there."""
_TRIES_IPV6_FIRST = ("inetutils-ftp", "tnftp")
"""The experiment's FTP server listened on 127.0.0.1 only."""
_UID, _OTHER_UID = 1000, 1001


@dataclass(frozen=True, slots=True)
class Difference:
    """One pair on which model and observation differ; values of made-up experiments, so they may be shown."""

    case: str
    client: str
    what: tuple[str, ...]
    observed: Mapping[str, Any]
    modelled: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairs compared and agreeing, per client as the file names it, and all differences."""

    compared: Mapping[str, int]
    agreed: Mapping[str, int]
    differences: tuple[Difference, ...]
    unknown: tuple[str, ...]

    def share(self, client: str | None = None) -> float:
        """Return the share that agrees, of one client or of all; 1.0 of nothing."""
        names = [client] if client is not None else list(self.compared)
        total = sum(self.compared[name] for name in names)
        return sum(self.agreed[name] for name in names) / total if total else 1.0


EXPLAINED = {
    ("aiohttp 3.14.5 trust_env (py 3.11.7)", "last_machine_without_name"): "the observer lost this warning line",
    ("aiohttp 3.8.6 trust_env (py 3.11.7)", "last_machine_without_name"): "the observer lost this warning line",
    ("curl 7.84.0 -n", "other_line_5000"): "reads beyond its buffer; whether that crashes depends on the stack",
}
"""Pairs of client and case known to differ, with the reason."""

_LABELS: tuple[tuple[str, str], ...] = (
    (r"curl 7\.88\.1 -n ftp://", "curl-ftp@7.88.1+deb12"),
    (r"curl 7\.88\.1 -n \(Debian 12\)", "curl@7.88.1+deb12"),
    (r"curl 7\.88\.1 --netrc-optional \(Debian 12\)", "libcurl@7.88.1+deb12"),
    (r"curl ([\d.]+) -n", r"curl@\1"),
    (r"curl ([\d.]+) --netrc-optional", r"libcurl@\1"),
    (r"pycurl [\d.]+ / libcurl ([\d.]+) optional", r"libcurl@\1"),
    (r"R httr netrc=1 .*", "r@4+libcurl7.88.1"),
    (r"git ([\d.]+)", r"git@\1"),
    (r"git-credential-netrc \(git 2\.39\)", "git-credential-netrc@2.39"),
    (r"git-credential-netrc host:port", "git-credential-netrc@2.39+port"),
    (r"python ([\d.]+) netrc", r"python@\1"),
    (r"requests ([\d.]+) \(py (2\.7|3\.6|3\.10|3\.13)\.\d+\)", r"requests@\1/python\2"),
    (r"requests ([\d.]+) \(py 3\.11\.\d+\)", r"requests@\1"),
    (r"httpx ([\d.]+) .*", r"httpx@\1"),
    (r"aiohttp ([\d.]+) .*", r"aiohttp@\1"),
    (r"HTTPie ([\d.]+) .*", r"httpie@\1"),
    (r"(pip|uv|tinynetrc|safe-netrc) ([\d.]+)( .*)?", r"\1@\2"),
    (r"go ([\d.]+) mod download .*", r"go@\1"),
    (r"wget ([\d.]+) ftp://", r"wget-ftp@\1"),
    (r"lftp ([\d.]+) ftp://", r"lftp-ftp@\1"),
    (r"lftp ([\d.]+) http", r"lftp@\1"),
    (r"tnftp (\d+) http", r"tnftp-http@\1"),
    (r"tnftp (\d+) ftp", r"tnftp@\1"),
    (r"(wget|wget2|aria2|cadaver|hg|inetutils-ftp) ([\d.]+)", r"\1@\2"),
    (r"LabKey Java NetrcFileParser", "labkey-java@6"),
    (r"labkey-rs / rust netrc ([\d.]+)", r"labkey-rs@\1"),
    (r"JGit ([\d.]+) NetRC", r"jgit@\1"),
    (r"Bazel .*", "bazel@7"),
    (r"npm netrc ([\d.]+)", r"npm-netrc@\1"),
    (r"npm netrc-parser ([\d.]+) .*", r"heroku@\1"),
    (r"npm netrc-reader ([\d.]+)", r"netrc-reader@\1"),
    (r"Perl Net::Netrc ([\d.]+)", r"perl@\1"),
    (r"Ruby netrc ([\d.]+)", r"ruby@\1"),
    (r"Emacs ([\d.]+) auth-source", r"emacs@\1"),
)


def client_of(label: str) -> Client | None:
    """Return the model of a client as the observations name it."""
    for pattern, key in _LABELS:
        match = re.fullmatch(pattern, label)
        if match:
            return clients().get(match.expand(key))
    return None


def agreement(cases: Iterable[Case], only: str | None = None) -> Agreement:
    """Compare all pairs, or those of the client whose label or name contains `only`."""
    compared: dict[str, int] = {}
    agreed: dict[str, int] = {}
    unknown: set[str] = set()
    differences: list[Difference] = []
    for case in cases:
        for label, observed in case["results"].items():
            client = client_of(label)
            if client is None:
                unknown.add(label)
                continue
            if only is not None and only not in label and only not in client.spec:
                continue
            difference = compare(case, label, client, observed)
            compared[label] = compared.get(label, 0) + 1
            agreed[label] = agreed.get(label, 0) + (difference is None)
            if difference is not None:
                differences.append(difference)
    return Agreement(compared, agreed, tuple(differences), tuple(sorted(unknown)))


def compare(case: Case, label: str, client: Client, observed: Mapping[str, Any]) -> Difference | None:
    """Return how the model of one client differs from what was seen, or None."""
    sent = attempt(client, _asked(case, label), _around(case, client, label))
    if client.name in _TRIES_IPV6_FIRST and "//localhost" in case["url"]:
        sent = replace(sent, warnings=(*sent.warnings, "connect to address ::1: Connection refused"))
    modelled = _modelled(client, sent)
    what = tuple(_differing(observed, modelled))
    return Difference(case["name"], label, what, dict(observed), modelled) if what else None


def _differing(observed: Mapping[str, Any], modelled: Mapping[str, Any]) -> Iterator[str]:
    for key in ("authorization", "login", "password"):
        if _shortened(modelled[key], observed.get(key)) != observed.get(key):
            yield key
    if bool(observed.get("error")) != bool(modelled["error"]):
        yield "error"
    if observed.get("preemptive") is not None and bool(observed["preemptive"]) != modelled["preemptive"]:
        yield "preemptive"


def _shortened(value: str | None, observed: str | None) -> str | None:
    """Shorten a value the way the observed one is, so that they compare."""
    if value is None or observed is None:
        return value
    match = re.fullmatch(r"(.*)\.\.\.\(\d+( bytes)?\)", observed, re.DOTALL)
    if match is None:
        return value
    return f"{value[: len(match.group(1))]}...({len(value)}{match.group(2) or ''})"


def _modelled(client: Client, sent: Sent) -> dict[str, Any]:
    login, password = sent.login, sent.password
    if client.kind == "http" and sent.has_login:  # the observer read them off the wire
        login, _, password = ((login or b"") + b":" + (password or b"")).partition(b":")
    return {
        "authorization": sent.authorization if client.kind == "http" else None,
        "login": None if login is None else login.decode("latin-1"),
        "password": None if password is None else password.decode("latin-1"),
        "error": " | ".join(filter(None, (sent.error, *sent.warnings))) or None,
        "preemptive": bool(sent.preemptive and sent.authorization),
    }


def _asked(case: Case, label: str) -> Asked:
    text = case["url"]
    if label.startswith("go "):
        text = text.replace("http://", "https://").replace(":8080", ":8443" if ":8443" in label else "")
    setup = case.get("setup") or {}
    redirect = setup.get("redirect")
    header = setup.get("header")
    return Asked(
        parse_url(text),
        parse_url(redirect) if redirect else None,
        header.partition(": ")[2] if header and header.startswith("Authorization: ") else None,
        bool(setup.get("challenge")),
    )


def content(case: Case) -> bytes | None:
    """Return the bytes of the case's netrc file, None when there is none."""
    if case.get("netrc_segments") is not None:
        return b"".join(text.encode("latin-1") * count for text, count in case["netrc_segments"])
    text = case.get("netrc")
    return None if text is None else text.encode("latin-1")


def _around(case: Case, client: Client, label: str) -> MadeUp:
    setup = case.get("setup") or {}
    files: dict[str, bytes] = {}
    details: dict[str, FileFacts] = {}
    data = content(case)
    if data is not None and label.startswith("go ") and ":8443" in label:
        data = data.replace(b":8080", b":8443")  # the experiment moved the whole case to the other port
    path = f"{_HOME}/{setup.get('filename', '.netrc')}"
    owner = _OTHER_UID if setup.get("owner") == "other" else _UID
    mode = int(setup.get("mode", "0o600"), 8)
    if setup.get("directory"):
        details[path] = FileFacts("directory", 0o755, _UID)
    elif data is not None:
        files[path] = data
        details[path] = FileFacts("file", mode, owner, bool(setup.get("symlink")), len(data))
    for name, text in (setup.get("also") or {}).items():
        other = f"{_HOME}/{name}"
        files[other] = text.encode("latin-1")
        details[other] = FileFacts("file", int(setup.get("also_mode", "0o600"), 8), _UID, size=len(text))
    details[_HOME] = FileFacts("directory", 0o700, _UID)
    return _with_environment(setup, client, files, details)


def _with_environment(
    setup: Mapping[str, Any], client: Client, files: dict[str, bytes], details: dict[str, FileFacts]
) -> MadeUp:
    environ = {"HOME": _HOME}
    for name, value in (setup.get("env") or {}).items():
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value.replace("{HOME}", _HOME)
    account: str | None = environ.get("HOME", _ACCOUNT_HOME)
    if account == _ACCOUNT_HOME:
        files[f"{_ACCOUNT_HOME}/.netrc"] = _ACCOUNT_FILE
        if client.name == "perl":
            account = None  # the experiment's Perl found no entry for its user
    cwd = f"{_HOME}/{setup['cwd']}" if setup.get("cwd") else "/"
    return MadeUp(environ, "linux", account, cwd, _UID, files, details)
