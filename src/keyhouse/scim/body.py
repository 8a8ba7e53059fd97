"""The body of a request, read within bounds before any model sees it."""

from typing import Any

import orjson
from scim2_models import InvalidSyntaxException, PayloadTooLargeException, SCIMException

from keyhouse.web.call import Call

MOST_BYTES = 1024 * 1024
_DEEPEST = 12
_JSON = ("application/scim+json", "application/json")
# A text of PostgreSQL holds neither a NUL nor half of a surrogate pair; orjson refuses the latter itself.
_NUL = "\0"


class UnsupportedMediaType(SCIMException):
    """The body is in another format (RFC 7644, section 3.1)."""

    status = 415


def read(call: Call) -> dict[str, Any]:
    """Return the JSON object that was sent. Raises `SCIMException`."""
    if (call.request.content_type or "") not in _JSON:
        raise UnsupportedMediaType(detail=f"Send the body as {_JSON[0]}.")
    raw = call.request.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise PayloadTooLargeException(detail=f"The body of this request is too large: at most {MOST_BYTES} bytes.")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise InvalidSyntaxException(detail=f"The body of this request is not JSON: {wrong}") from None
    if not isinstance(value, dict):
        raise InvalidSyntaxException(detail="The body of this request must be a JSON object.")
    _check(value)
    return value


def without_nulls(patch: dict[str, Any]) -> dict[str, Any]:
    """Return a patch whose values name no member that is null: Entra ID removes ``{"$ref": null, "value": "5"}``."""
    operations = patch.get("Operations")
    if not isinstance(operations, list):
        return patch
    return {**patch, "Operations": [_entries_without_nulls(each) for each in operations]}


def _entries_without_nulls(operation: Any) -> Any:
    if not isinstance(operation, dict) or not isinstance(operation.get("value"), list):
        return operation
    entries = [
        {name: item for name, item in entry.items() if item is not None} if isinstance(entry, dict) else entry
        for entry in operation["value"]
    ]
    return {**operation, "value": entries}


def _check(value: Any, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise InvalidSyntaxException(detail=f"The body of this request is nested more than {_DEEPEST} levels deep.")
    match value:
        case str() if _NUL in value:
            raise InvalidSyntaxException(detail="The body of this request contains a NUL character.")
        case list():
            for item in value:
                _check(item, depth + 1)
        case dict():
            for name, item in value.items():
                _check(name, depth + 1)
                _check(item, depth + 1)
