"""A WSGI function that answers with a constant."""

from collections.abc import Iterable
from typing import Any

_BODY = b'{"success": true}'


def application(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(_BODY)))])
    return [_BODY]
