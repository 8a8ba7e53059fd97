"""Everything about one client and one URL: the file, the entry, the login, and what the server would see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from keyhouse.cli.netrc.asked import key_of, title_of
from keyhouse.cli.netrc.given_file import Placed
from keyhouse.cli.netrc.logins import Logins
from keyhouse.cli.netrc.redirects import redirect_of
from keyhouse.netrc.choices import Choice, lookup
from keyhouse.netrc.files import Chosen, choose
from keyhouse.netrc.permissions import Verdict, verdict
from keyhouse.netrc.url import parse_url

if TYPE_CHECKING:
    from keyhouse.netrc.clients.model import Client
    from keyhouse.netrc.surroundings import Surroundings

AT_ONCE, AFTER_401, NEVER = "with the first request", "only after a 401 that asks for Basic", "never"
AT_ONCE_IN_R = "with the first request where that is a GET; of a POST only after a 401 that asks for Basic"
"""The curl package lets R wait for a 401; Rlabkey sets httpauth = 1, which does not wait, for GET alone."""
HANDED_OVER = "handed to the program that uses it"
_PROBE = "probe.example"


@dataclass(frozen=True)
class Explained:
    """What one client does. `file` is the one it reads, or the one it misses; `file_why` says why that one.

    `reads_netrc` is False for a client that takes nothing for such a URL from any file.
    """

    client: "Client"
    choice: Choice
    file: str | None
    file_why: str
    tried: tuple[str, ...]
    permission: Verdict
    sent: str
    redirect: str
    server_sees: str
    reads_netrc: bool

    @property
    def title(self) -> str:
        """The client's name for people."""
        return title_of(self.client)

    @property
    def what(self) -> tuple[object, ...]:
        """Return what decides whether two clients do the same: whom they name with which secret, or how they fail."""
        choice = self.choice
        if choice.sends or choice.error:
            return (choice.sends, choice.login or "", choice.secret, choice.error)
        return (False, self.reads_netrc, self.file, self.permission.accepts)

    def as_json(self) -> Mapping[str, Any]:
        """Return all of it, the secret as a length and a fingerprint."""
        choice = self.choice
        entry = None if choice.line is None else {"line": choice.line, "column": choice.column}
        return {
            "client": key_of(self.client),
            "title": self.title,
            "file": self.file,
            "file_why": self.file_why,
            "tried": list(self.tried),
            "permissions": {"accepts": self.permission.accepts, "why": self.permission.why},
            "entry": entry,
            "login": choice.login,
            "secret": masked(choice),
            "sent": self.sent,
            "redirect": self.redirect or None,
            "server_sees": self.server_sees,
            "error": choice.error or None,
            "warnings": list(choice.warnings),
            "why": choice.why,
        }


def masked(choice: Choice) -> Mapping[str, Any] | None:
    """Return length and fingerprint of a secret."""
    if choice.secret is None:
        return None
    return {"length": len(choice.secret), "fingerprint": choice.secret.fingerprint if choice.secret else None}


def explain_all(url: str, clients: Sequence["Client"], around: "Surroundings") -> list[Explained]:
    """Explain each client in turn."""
    logins = Logins(around, parse_url(url).user)
    return [explain_one(url, client, around, logins) for client in clients]


def explain_one(url: str, client: "Client", around: "Surroundings", logins: Logins) -> Explained:
    """Ask the model of a client, and put what it says together with the facts of the file."""
    choice = lookup(url, client, around)
    choice = replace(choice, login=logins.shown(choice.login, choice.path))
    files = choose(client.files, around)
    path = choice.path or files.path
    permission = verdict(client, around.facts(path) if path else None, around)
    if isinstance(around, Placed):
        choice = _with_name(choice, around)
    sent = _sent(client, choice)
    return Explained(
        client,
        choice,
        around.named(path) if path and isinstance(around, Placed) else path,
        "you named it" if path and isinstance(around, Placed) else _why(files, path),
        tuple(one.path for one in files.tried),
        permission,
        sent,
        redirect_of(client) if choice.sends else "",
        _server_sees(choice, sent),
        choice.sends or _reads_netrc(client, url),
    )


def _reads_netrc(client: "Client", url: str) -> bool:
    """Ask the model with the plainest of all files."""
    scheme, user = url.partition("://")[0], url.rpartition("@")[0].rpartition("/")[2]
    asked = f"{scheme if '://' in url else 'https'}://{user}{'@' if user else ''}{_PROBE}/"
    return lookup(asked, client, f"machine {_PROBE} login {user or 'a'} password b\n".encode()).sends


def _with_name(choice: Choice, around: Placed) -> Choice:
    return replace(
        choice,
        path=choice.path and around.named(choice.path),
        error=around.named(choice.error),
        warnings=tuple(map(around.named, choice.warnings)),
        why=choice.why.replace(" (HOME is the home folder)", ""),
    )


def _why(files: Chosen, path: str | None) -> str:
    for candidate in (*files.read, *files.tried):
        if path is None or candidate.path == path:
            return candidate.why
    return files.error


def _sent(client: "Client", choice: Choice) -> str:
    if not choice.sends:
        return NEVER
    if client.kind == "library":
        return HANDED_OVER
    at_once = AT_ONCE_IN_R if client.name == "r" else AT_ONCE
    return at_once if choice.preemptive else AFTER_401


def _server_sees(choice: Choice, sent: str) -> str:
    if choice.error:
        return "nothing: the client stops before it asks"
    if choice.secret is None:
        return "a guest"
    # RFC 7617: what follows the first colon is the password, whatever the file says.
    login, colon, _ = (choice.login or "").partition(":")
    who = f"{login or 'an empty user name'} with {_size(choice)}" + (", cut at the colon of the login" if colon else "")
    return f"a guest, and {who} after its 401" if sent == AFTER_401 else who


def _size(choice: Choice) -> str:
    assert choice.secret is not None
    return f"a secret ({choice.secret})" if choice.secret else "an empty secret"
