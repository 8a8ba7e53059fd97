"""Answers in JSON, and the two challenges."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

JSON_TYPE = "application/json;charset=utf-8"
PROVISIONING_TYPE = "application/scim+json"
_PROVISIONING_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def encoded(body: Mapping[str, Any], is_compact: bool = False) -> bytes:
    """Write a JSON object, indented unless a compact one was asked for."""
    return orjson.dumps(body, default=str, option=0 if is_compact else orjson.OPT_INDENT_2)


def json_answer(body: Mapping[str, Any], status: int = 200, is_compact: bool = False) -> HttpResponse:
    """Answer with a JSON object that no cache keeps."""
    response = HttpResponse(encoded(body, is_compact), status=status, content_type=JSON_TYPE)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def failure(text: str, **extra: Any) -> dict[str, Any]:
    """Return the body that every client reads on failure."""
    return {"success": False, "exception": text, **extra}


def provisioning_failure(status: int, text: str, **extra: Any) -> dict[str, Any]:
    """Return the body that directories read on failure (RFC 7644, section 3.12); the status is a text there."""
    return {"schemas": [_PROVISIONING_ERROR], "status": str(status), **extra, "detail": text}


def challenges(realm: str) -> list[tuple[str, str]]:
    """Return the two challenges, each in a header line of its own.

    Basic stands first: the Java client needs a value that starts with exactly ``Basic realm``.
    """
    name = re.sub(r'[^\x20-\x7e]|["\\]', "", realm) or "Keyhouse"
    return [
        ("WWW-Authenticate", f'Basic realm="{name}", charset="UTF-8"'),
        ("WWW-Authenticate", f'Bearer realm="{name}"'),
    ]


def wants_challenge(request: HttpRequest) -> bool:
    """Tell whether the client is a script; a browser would open a password window of its own over our page."""
    declines = request.headers.get("X-ONUNAUTHORIZED", "").upper() == "UNAUTHORIZED"
    return not (declines or comes_from_browser(request))


def comes_from_browser(request: HttpRequest) -> bool:
    """Tell whether a browser sent this, by what it says of itself or of the page behind the request."""
    agent = request.headers.get("User-Agent", "")
    is_page_script = request.headers.get("X-Requested-With", "").lower() == "xmlhttprequest"
    names_page = "Origin" in request.headers or "Sec-Fetch-Site" in request.headers
    return is_page_script or names_page or agent.startswith(("Mozilla/", "Opera/"))
