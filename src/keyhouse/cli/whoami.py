"""``keyhouse whoami``: whom a server takes this machine's netrc entry for, and why it is a guest where it is one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import NotSo, Unusable, Wrong

if TYPE_CHECKING:
    from keyhouse.cli.netrc_entry import Entry

_SECONDS = 20
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@click.command(
    "whoami",
    cls=Command,
    examples=[
        "keyhouse whoami https://data.example.org/labkey",
        "keyhouse whoami http://127.0.0.1:8080/labkey --netrc-file demo-data/netrc",
        "keyhouse whoami https://data.example.org --json",
    ],
)
@click.argument("url")
@click.option(
    "--netrc-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The netrc file to read (default: NETRC, else ~/.netrc).",
)
@json_option
def command(url: str, netrc_file: Path | None, as_json: bool) -> None:
    """Ask the server at URL who you are there, with the key of your netrc file.

    Exit with 0 for a user, and with 1 for a guest or a refused key, with the reason. Works with any LabKey Server.
    """
    from keyhouse.cli.netrc_entry import look_up

    host = _host_of(url)
    entry = look_up(host, netrc_file)
    if url.lower().startswith("http:") and host not in _LOOPBACK and entry.login:
        click.echo("Beware: over plain http, everybody on the way can read the key.", err=True)
    answer = _asked(url, entry)
    if as_json:
        listing.show_one({**answer, "netrc": str(entry.file), "why": entry.why_none or None})
    _report(answer, entry, host, as_json)


def _host_of(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        has_secret = parts.username is not None or parts.password is not None
    except ValueError:
        host, has_secret = "", False
    if has_secret:
        raise Wrong("Leave user and password out of the URL: the netrc file has them.")
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise Wrong("URL is the address of a site, such as https://data.example.org/labkey.")
    return host


def _asked(url: str, entry: "Entry") -> dict[str, Any]:
    import json
    import ssl
    import urllib.error
    import urllib.request

    request = urllib.request.Request(  # noqa: S310  the scheme was checked
        url.rstrip("/") + "/login-whoAmI.api", headers={"User-Agent": "keyhouse whoami", **entry.headers()}
    )
    try:
        with urllib.request.build_opener(_stay_here()).open(request, timeout=_SECONDS) as response:
            answer = json.loads(response.read(1_000_000))
    except urllib.error.HTTPError as error:
        return _refused(url, error)
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            raise Unusable(f"The TLS certificate of {url} is not trusted or does not fit: {reason.reason}.") from None
        raise Unusable(f"{url} cannot be reached: {getattr(reason, 'strerror', None) or reason}.") from None
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "id" not in answer:
        raise _no_site(url)
    return {"refused": False, **{name: answer.get(name) for name in ("id", "email", "displayName")}}


def _refused(url: str, error: Any) -> dict[str, Any]:
    import json

    if 300 <= error.code < 400:
        target = listing.printable(str(error.headers.get("Location", "")))[:200]
        raise Unusable(f"{url} sends on to {target}. Ask that address instead: a key is not carried along.")
    try:
        answer = json.loads(error.read(100_000))
    except ValueError:
        answer = None
    if error.code not in {401, 403, 429} or not isinstance(answer, dict):
        raise _no_site(url)
    return {"refused": True, "status": error.code, "reason": answer.get("reason"), "exception": answer.get("exception")}


def _report(answer: dict[str, Any], entry: "Entry", host: str, as_json: bool) -> None:
    if answer["refused"]:
        reason = {"key_expired": "it has expired", "key_revoked": "it was revoked"}.get(str(answer["reason"]), "")
        told = reason or listing.printable(str(answer["reason"] or answer["exception"]))[:200]
        raise NotSo(f"The server refused the entry for {host} in {entry.file}: {told}")
    email = answer["email"]
    if not answer["id"] or not email or email == "guest":
        raise NotSo(f"You are a guest: {entry.why_none or 'the server took the entry for no user'}.")
    if not as_json:
        name = listing.printable(f"{answer['displayName']} <{email}>")
        click.echo(f"You are {name}, user {answer['id']}, by the entry for {host} in {entry.file}.")


def _no_site(url: str) -> Unusable:
    return Unusable(
        f"{url} does not answer as a site of Keyhouse or LabKey Server. Is the path right, such as /labkey?"
    )


def _stay_here() -> Any:
    import urllib.request

    class StayHere(urllib.request.HTTPRedirectHandler):
        """Follow no redirect: urllib would carry the key to whatever host it names."""

        def redirect_request(self, *arguments: Any) -> None:
            return None

    return StayHere
