"""Duo's own library, held to our rules of asking others: a deadline, a bound, no redirects, words for what failed."""

import json
import re
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import duo_universal.client
import requests
from duo_universal.client import Client, DuoException
from jwt.warnings import InsecureKeyLengthWarning

from keyhouse.signin.duo.settings import redirect_of, state_of
from keyhouse.signin.fetching import MOST_BYTES, SECONDS, is_loopback
from keyhouse.signin.method import Flow, Provider

CODE = re.compile(r"[A-Za-z0-9._~-]{1,512}\Z")
_CHUNK = 65_536
T = TypeVar("T")


class DuoRefused(Exception):
    """Duo refused something, or could not be reached (`is_down`); the text says exactly why, without any secret."""

    def __init__(self, text: str, is_down: bool = False) -> None:
        super().__init__(text)
        self.is_down = is_down


class _NoAnswer(Exception):
    """Duo answered with nothing that can be used."""


def check_health(provider: Provider) -> None:
    """Ask Duo whether it is there and knows this application. Raises `DuoRefused`."""
    _ask(provider, lambda client: client.health_check())


def prompt_url(provider: Provider, flow: Flow, name: str) -> str:
    """Return the address of the prompt for a person. Raises `DuoRefused`."""
    return str(_ask(provider, lambda client: client.create_auth_url(name, state_of(provider, flow), flow.nonce)))


def token_of(provider: Provider, flow: Flow, name: str, code: str) -> dict[str, Any]:
    """Have Duo say what it proved of this person, verified by its library. Raises `DuoRefused`."""
    return dict(
        _ask(provider, lambda client: client.exchange_authorization_code_for_2fa_result(code, name, flow.nonce))
    )


def _ask(provider: Provider, what: Callable[[Client], T]) -> T:
    try:
        with _client_of(provider) as client:
            return what(client)
    except (DuoException, ValueError, KeyError, TypeError) as error:
        cause = error.args[0] if error.args else error
        is_down = isinstance(cause, requests.RequestException | _NoAnswer)
        raise DuoRefused(_in_words(cause), is_down) from None


@contextmanager
def _client_of(provider: Provider) -> Iterator[Client]:
    # The library trusts Duo's own authorities alone; others are given to it as a file.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(provider.text("authorities"))
        file.flush()
        certificates = {"duo_certs": file.name} if provider.text("authorities").strip() else {}
        yield Client(
            provider.text("client_id").strip(),
            provider.secrets.get("client_secret", "").strip(),
            provider.text("api_host").strip().lower(),
            redirect_of(provider),
            **certificates,
        )


def _post(url: str, **how: Any) -> requests.Response:
    deadline = time.monotonic() + SECONDS
    with requests.Session() as session:
        session.trust_env = not is_loopback(urlsplit(url).hostname or "")
        response = session.post(url, **how, timeout=SECONDS, allow_redirects=False, stream=True)
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > MOST_BYTES or time.monotonic() > deadline:
                raise _NoAnswer(f"the answer was longer than {MOST_BYTES:,} bytes or {SECONDS} seconds")
        if response.status_code >= 500:
            raise _NoAnswer(f"it answered with status {response.status_code}")
        response._content = bytes(body)
        return response


# The library asks without any deadline, and has no setting for one: a Duo that hangs would hold every worker.
duo_universal.client.requests = SimpleNamespace(post=_post)
# Duo's secrets have 40 characters, and nobody here can give them more.
warnings.filterwarnings("ignore", category=InsecureKeyLengthWarning)


def _in_words(cause: object) -> str:
    # What the HTTP library says has the address in it, and in that the code and the proof of our secret.
    if isinstance(cause, requests.exceptions.SSLError):
        return "the certificate of the server is not trusted"
    if isinstance(cause, requests.Timeout):
        return f"no answer within {SECONDS} seconds"
    if isinstance(cause, requests.ConnectionError):
        return "the connection failed: nothing answers at the API hostname"
    if isinstance(cause, requests.RequestException):
        return f"the answer could not be read ({type(cause).__name__})"
    if isinstance(cause, json.JSONDecodeError):
        return "the answer is not JSON"
    if isinstance(cause, DuoException) and cause.args:
        return _in_words(cause.args[0])
    if isinstance(cause, dict):
        said = (cause.get(name) for name in ("error", "error_description", "code", "message", "message_detail"))
        return plain(" ".join(str(each) for each in said if each)) or "it gave no reason"
    return plain(str(cause))


def plain(text: str) -> str:
    """Make words of others one short line for the log."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:300]
