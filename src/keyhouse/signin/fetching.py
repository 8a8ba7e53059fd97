"""Documents of providers, fetched with care: HTTPS, a deadline, a bound, no redirects to other hosts."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from keyhouse.signin.method import Provider, ProviderDown

SECONDS = 10
MOST_BYTES = 2 * 1024 * 1024
_REDIRECTS = 3
_CHUNK = 65_536


class FetchFailed(Exception):
    """Something could not be fetched; the text says exactly why, for administrators and the log."""


@dataclass(frozen=True)
class Fetched:
    """An answer of any status."""

    status: int
    url: str
    headers: Message = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def address_problem(url: str) -> str:
    """Say what is wrong with the address of a provider; nothing where it is well."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"'{url[:200]}' is not an address."
    if parts.scheme not in {"https", "http"} or not host:
        return f"'{url[:200]}' is not an address that begins with https://."
    if parts.username is not None or not url.isprintable() or " " in url:
        return "An address has no user name, password, blank or control character in it."
    if parts.scheme == "http" and not is_loopback(host):
        return f"'{url[:200]}' is not encrypted. Use https:// (http:// is for a provider on this very machine)."
    return ""


def authorities_problem(pem: str) -> str:
    """Say what is wrong with certificates of authorities; nothing where they are well, or there are none."""
    try:
        _context(pem)
    except FetchFailed as error:
        return str(error)
    return ""


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def fetch(
    url: str,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    authorities: str = "",
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
) -> Fetched:
    """Get an address, or post `data` to it, and return the answer of whatever status. Raises `FetchFailed`.

    The certificate is checked against those of the machine, and against `authorities` (PEM) where that is given. A
    redirect is followed on the same host alone: else a provider could send this server, with its secrets, to any other.
    """
    if problem := address_problem(url):
        raise FetchFailed(problem)
    parts, deadline = urlsplit(url), time.monotonic() + seconds
    opener = build_opener(*_proxies(parts), HTTPSHandler(context=_context(authorities)), _SameHost(parts))
    request = Request(url, data, {"User-Agent": "keyhouse", **(headers or {})})  # noqa: S310
    try:
        with _opened(opener, request, seconds) as response:
            return Fetched(
                response.status or 0, response.url, response.headers, _body(response, url, deadline, most_bytes)
            )
    except (OSError, HTTPException, ValueError) as error:
        raise FetchFailed(f"{url}: {_cause(error, seconds)}") from None


def fetch_document(url: str, *, authorities: str = "", seconds: float = SECONDS) -> bytes:
    """Get a document; any status but 200 is a failure. Raises `FetchFailed`."""
    fetched = fetch(url, authorities=authorities, seconds=seconds)
    if fetched.status != 200:
        raise FetchFailed(f"{url} answered with status {fetched.status} instead of 200.")
    return fetched.body


def document_of(provider: Provider, url: str, *, authorities: str = "") -> bytes:
    """Get a document of a provider on behalf of a person who signs in. Raises `ProviderDown`."""
    try:
        return fetch_document(url, authorities=authorities)
    except FetchFailed as error:
        raise ProviderDown(provider.description, str(error)) from None


class _SameHost(HTTPRedirectHandler):
    """Follows redirects that stay on the host, and on HTTPS, and no others."""

    max_redirections = _REDIRECTS
    max_repeats = _REDIRECTS

    def __init__(self, asked: SplitResult) -> None:
        self._asked = asked

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        new = urlsplit(newurl)
        if (new.scheme, new.netloc.lower()) != (self._asked.scheme, self._asked.netloc.lower()):
            raise FetchFailed(f"{req.full_url} redirects to another host ({newurl[:200]}), which is not followed.")
        if req.data is not None:
            raise FetchFailed(f"{req.full_url} redirects what was posted to it, which is not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opened(opener: Any, request: Request, seconds: float) -> HTTPResponse | HTTPError:
    try:
        return opener.open(request, timeout=seconds)  # type: ignore[no-any-return]
    except HTTPError as error:
        return error


def _body(response: HTTPResponse | HTTPError, url: str, deadline: float, most_bytes: int) -> bytes:
    # The time-out of the socket is of each piece: a provider that drips would hold a worker for ever.
    body = bytearray()
    while chunk := response.read1(_CHUNK) if isinstance(response, HTTPResponse) else response.read(most_bytes + 1):
        body += chunk
        if len(body) > most_bytes:
            raise FetchFailed(f"{url} answered with more than {most_bytes:,} bytes.")
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body)


def _context(authorities: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if authorities.strip():
            context.load_verify_locations(cadata=authorities)
    except (ssl.SSLError, ValueError) as error:
        raise FetchFailed(f"The certificates of authorities cannot be read: {error}.") from None
    return context


def _proxies(parts: SplitResult) -> tuple[ProxyHandler, ...]:
    # What runs on this machine is reached without the proxy of the environment.
    return (ProxyHandler({}),) if is_loopback(parts.hostname or "") else ()


def _cause(error: Exception, seconds: float) -> str:
    inner = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"the certificate of the server is not trusted: {inner.verify_message}."
    if isinstance(inner, TimeoutError):
        return f"no answer within {seconds:g} seconds."
    if isinstance(inner, ConnectionRefusedError):
        return "the connection was refused: nothing listens there."
    return f"{inner or type(inner).__name__}."
