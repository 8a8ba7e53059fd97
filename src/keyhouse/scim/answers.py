"""Answers in ``application/scim+json``, errors among them (RFC 7644, sections 3.1 and 3.12)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.http import HttpResponse

from keyhouse.web.answers import PROVISIONING_TYPE, provisioning_failure

_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def answer(body: Mapping[str, Any] | None, status: int = 200, **headers: str) -> HttpResponse:
    """Answer with an object that no cache keeps; None is no body at all."""
    payload = b"" if body is None else orjson.dumps(body, option=orjson.OPT_INDENT_2)
    response = HttpResponse(payload, status=status, content_type=PROVISIONING_TYPE)
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name] = value
    return response


def error(status: int, detail: str, scim_type: str = "") -> HttpResponse:
    """Answer with an error; the status is a text, as the RFC has it."""
    kind = {"scimType": scim_type} if scim_type else {}
    return answer(provisioning_failure(status, detail, **kind), status)


def listed(resources: Sequence[Mapping[str, Any]], total: int, start: int = 1) -> dict[str, Any]:
    """Return the body of a list, or of one page of it that begins with the resource of this number."""
    page = {"totalResults": total, "startIndex": start, "itemsPerPage": len(resources)}
    return {"schemas": [_LIST], **page, "Resources": list(resources)}
