"""The front of the server: a plain WSGI function. Every request passes the door here, before the framework runs."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.db import DatabaseError, close_old_connections
from django.http import parse_cookie

from keyhouse.authn.door import Visitor
from keyhouse.core import credentials
from keyhouse.core.credentials import Presented
from keyhouse.core.decision import OPENED_SESSION, PASSWORD, Allowed, Denied
from keyhouse.core.reasons import PASSWORD_TEXT, Reason
from keyhouse.signin.hints import with_hint
from keyhouse.signin.passwords.default_domain import completed
from keyhouse.web.addresses import Proxies
from keyhouse.web.answers import JSON_TYPE, PROVISIONING_TYPE, encoded, failure, provisioning_failure
from keyhouse.web.headers import SECURITY_HEADERS
from keyhouse.web.middleware import SESSION_COOKIE
from keyhouse.web.site import Site
from keyhouse.web.urls import FILES_MOUNT, is_provisioning

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_GUEST_BODY_BYTES = 1024 * 1024
_STATUS = {
    302: "302 Found",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    404: "404 Not Found",
    413: "413 Content Too Large",
    429: "429 Too Many Requests",
    503: "503 Service Unavailable",
}


class Front:
    """The WSGI application of one site."""

    def __init__(self, site: Site, inner: Application) -> None:
        self._site = site
        self._inner = inner
        self._proxies = Proxies(site.boot.trusted_proxies)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: refuse it here, or hand it on with its principal."""
        self._site.log_levels.refresh()
        if not self._enter_context_path(environ):
            return self._outside(environ, start_response)
        address, scheme = self._proxies.seen(environ)
        environ["wsgi.url_scheme"] = scheme
        presented = _presented(environ)
        visitor = Visitor(address, environ.get("HTTP_USER_AGENT", ""))
        try:
            close_old_connections()
            answer = self._site.door.authenticate(presented, visitor)
        except DatabaseError:
            return _down(start_response)
        if isinstance(answer, Denied) and answer.reason is Reason.IMPERSONATION_ENDED:
            # Answered as a page or in JSON, as the action would be.
            environ["keyhouse.ended"] = answer.text
            environ["keyhouse.signed_out"] = answer.via.method == OPENED_SESSION
            answer = Allowed(answer.principal, answer.via)
        if isinstance(answer, Denied):
            return self._refuse(answer, visitor, environ, start_response)
        most = self._most_bytes(answer, environ)
        if _body_length(environ) > most:
            text = f"The body of this request is too large: at most {most} bytes are read here."
            return _json(start_response, 413, failure(text), [("Connection", "close")])
        environ.update(
            {
                "keyhouse.site": self._site,
                "keyhouse.allowed": answer,
                "keyhouse.presented": presented,
                "keyhouse.address": address,
                # The framework writes what it is given into its own errors; it has no use for the secret itself.
                "HTTP_AUTHORIZATION": "",
                "HTTP_APIKEY": "",
            }
        )
        return self._inner(environ, _with_security_headers(environ, start_response))

    def _most_bytes(self, allowed: Allowed, environ: Environ) -> int:
        # Who has not signed in can send a sign-in form; sixteen bodies of many megabytes at once are an attack.
        boot = self._site.boot
        if environ["PATH_INFO"].lower().startswith(f"/{FILES_MOUNT}/") and not allowed.principal.is_guest:
            return sys.maxsize  # a file is written as it arrives, up to the quota of its folder
        is_multipart = environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")
        # Files are streamed to the disk, all else is held in memory.
        most = max(boot.maximum_body_bytes, boot.maximum_upload_bytes) if is_multipart else boot.maximum_body_bytes
        return min(most, _GUEST_BODY_BYTES) if allowed.principal.is_guest else most

    def _enter_context_path(self, environ: Environ) -> bool:
        context_path, path = self._site.boot.context_path, environ.get("PATH_INFO", "")
        if not path.startswith(context_path + "/"):
            return False
        environ["SCRIPT_NAME"] = context_path
        environ["PATH_INFO"] = path[len(context_path) :]
        return True

    def _outside(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        context_path = self._site.boot.context_path
        if environ.get("PATH_INFO", "") in {"", "/", context_path}:
            start_response(_STATUS[302], [("Location", context_path + "/"), ("Content-Length", "0"), *SECURITY_HEADERS])
            return []
        text = f"Nothing is here: this site lives under {context_path}/".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text))), *SECURITY_HEADERS]
        start_response(_STATUS[404], headers)
        return [text]

    def _refuse(
        self, denied: Denied, visitor: Visitor, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        extra: dict[str, Any] = {}
        if denied.told_reason is not None:
            extra["reason"] = denied.told_reason.value
        if denied.expired_at is not None:
            extra["expiredAt"] = denied.expired_at.isoformat(timespec="seconds")
        if denied.sources:
            extra["sources"] = list(denied.sources)
        headers = []
        if denied.reason is Reason.THROTTLED:
            headers.append(("Retry-After", str(self._site.door.retry_after(visitor))))
        if denied.via.method == OPENED_SESSION:
            path = self._site.boot.context_path or "/"
            headers.append(("Set-Cookie", f"{SESSION_COOKIE}=; Path={path}; Max-Age=0; HttpOnly; SameSite=Lax"))
        if is_provisioning(environ["PATH_INFO"]):
            body = provisioning_failure(denied.status, _text_of(denied))
            return _json(start_response, denied.status, body, headers, PROVISIONING_TYPE)
        return _json(start_response, denied.status, failure(_text_of(denied), **extra), headers)


def _text_of(denied: Denied) -> str:
    if denied.via.method != PASSWORD or denied.text != PASSWORD_TEXT:
        return denied.text
    try:
        return with_hint(denied.text, completed(denied.principal.email))
    except DatabaseError:
        return denied.text


def _body_length(environ: Environ) -> int:
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else 0


def _presented(environ: Environ) -> Presented:
    cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
    return credentials.read(
        environ.get("HTTP_AUTHORIZATION"),
        environ.get("HTTP_APIKEY"),
        cookies.get(SESSION_COOKIE),
        environ.get("QUERY_STRING", ""),
    )


def _json(
    start_response: StartResponse,
    status: int,
    body: dict[str, Any],
    headers: list[tuple[str, str]],
    content_type: str = JSON_TYPE,
) -> Iterable[bytes]:
    payload = encoded(body)
    common = [("Content-Type", content_type), ("Content-Length", str(len(payload))), ("Cache-Control", "no-store")]
    start_response(_STATUS[status], [*common, *headers, *SECURITY_HEADERS])
    return [payload]


def _down(start_response: StartResponse) -> Iterable[bytes]:
    text = "The database of this server cannot be reached at present. Try again in a minute."
    return _json(start_response, 503, failure(text), [("Retry-After", "60")])


def _with_security_headers(environ: Environ, start_response: StartResponse) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        given = {name.lower() for name, _ in headers}
        # Two header lines of one name: the framework's response can hold one.
        challenges = environ.get("keyhouse.challenges", [])
        added = [(name, value) for name, value in SECURITY_HEADERS if name.lower() not in given]
        stripped = [(name, value.strip()) for name, value in headers]
        return start_response(status, [*stripped, *challenges, *added], *rest)

    return start
