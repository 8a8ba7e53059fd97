"""In which format a client wants its answer: `respFormat` json, json_compact or xml (client-api.md, section 6.1)."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from keyhouse.web.answers import json_answer
from keyhouse.web.parameters import Parameters
from keyhouse.web.xml_answers import XML_TYPE, xml_document

_NAME = "respFormat"


class Format(Enum):
    """The formats; any other word means JSON."""

    JSON = "json"
    COMPACT = "json_compact"
    XML = "xml"


def format_asked(parameters: Parameters) -> Format:
    """Return the format that the parameters ask for."""
    return _named(parameters.raw(_NAME))


def format_of(request: HttpRequest) -> Format:
    """Return the format of an error: from the query string, or from a body as far as it has been read."""
    found = next((value for name, value in request.GET.items() if name.lower() == _NAME.lower()), None)
    return _named(found if found is not None else _in_body(request))


def answer(body: Mapping[str, Any], asked: Format, status: int = 200) -> HttpResponse:
    """Answer with an object in this format; no cache keeps it."""
    response = json_answer(body, status, is_compact=asked is Format.COMPACT)
    if asked is Format.XML:
        response.content = xml_document(body)
        response["Content-Type"] = XML_TYPE
    return response


def _named(value: Any) -> Format:
    word = value.strip().lower() if isinstance(value, str) else ""
    return next((each for each in Format if each.value == word), Format.JSON)


def _in_body(request: HttpRequest) -> Any:
    members: Any = {}
    if hasattr(request, "_body") and (request.content_type or "").endswith("json"):
        try:
            members = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return None
    elif hasattr(request, "_post"):
        members = request.POST.dict()
    named = members.items() if isinstance(members, dict) else ()
    return next((value for name, value in named if name.lower() == _NAME.lower()), None)
