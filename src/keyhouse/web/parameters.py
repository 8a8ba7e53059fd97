"""The parameters of a request, from query string, form and JSON body alike (client-api.md, section 3)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from django.core.exceptions import BadRequest as MalformedRequest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from keyhouse.web import lenient_json
from keyhouse.web.errors import BadRequest, WireError
from keyhouse.web.uploads import NamelessFiles

_TRUE = {"true", "1", "on", "yes"}
_FALSE = {"false", "0", "off", "no", ""}
_DEEPEST = 100


class Parameters:
    """Names match without regard to case; a name may have several values.

    `body` is the JSON object that was sent, `files` are the files of a multipart body by the names of their parts.
    """

    def __init__(
        self,
        pairs: list[tuple[str, Any]],
        body: Mapping[str, Any],
        files: "Mapping[str, UploadedFile[Any]] | None" = None,
    ) -> None:
        self._pairs = pairs
        self.body = body
        self.files = files or {}

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._pairs)

    def all(self, *names: str) -> list[Any]:
        """Return all values given under any of these names."""
        wanted = {name.lower() for name in names}
        return [value for name, value in self._pairs if name.lower() in wanted and value is not None]

    def raw(self, *names: str) -> Any:
        """Return the first value given under any of these names, as it was sent, or None."""
        values = self.all(*names)
        return values[0] if values else None

    def text(self, *names: str, default: str = "") -> str:
        """Return the first value as text; numbers and booleans are spelt out, anything else is refused."""
        value = self.raw(*names)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise _unparsable(names[0])

    def number(self, *names: str, default: int | None = None) -> int | None:
        """Return the first value as a whole number; ``"5"`` and ``5`` are the same."""
        value = self.text(*names).strip()
        if not value:
            return default
        try:
            return int(float(value)) if "." in value else int(value)
        except (ValueError, OverflowError):
            raise _unparsable(names[0]) from None

    def flag(self, *names: str, default: bool = False) -> bool:
        """Return the first value as a boolean: true/false, True/False, 1/0, on/off, yes/no."""
        value = self.raw(*names)
        if value is None:
            return default
        text = self.text(*names).strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise _unparsable(names[0])


def of_query(request: HttpRequest) -> Parameters:
    """Collect the parameters of the query string, and leave the body unread."""
    pairs: list[tuple[str, Any]] = [(name, value) for name, values in request.GET.lists() for value in values]
    if _has_nul(pairs):
        raise BadRequest("A parameter of this request contains a NUL character.")
    return Parameters(pairs, {})


def read(request: HttpRequest, files_in: Path | None = None, most_bytes: int | None = None) -> Parameters:
    """Collect the parameters of a request; raises `BadRequest` for a body that cannot be read.

    Files of a multipart body are kept in directory `files_in`, and passed over without it; a body larger than
    `most_bytes` is not read then.
    """
    body: Mapping[str, Any] = {}
    if files_in is not None:
        request.upload_handlers = [NamelessFiles(request, files_in)]
    elif most_bytes is not None and _length(request) > most_bytes:
        raise _too_large()
    try:
        pairs: list[tuple[str, Any]] = [(name, value) for name, values in request.GET.lists() for value in values]
        if request.method != "GET" and (request.content_type or "").endswith("json"):
            body = _json_object(request.body)
            pairs += [(name, item) for name, value in body.items() for item in _items(value)]
        elif request.method == "POST":
            pairs += [(name, value) for name, values in request.POST.lists() for value in values]
    except RequestDataTooBig:
        raise _too_large() from None
    except (TooManyFieldsSent, SuspiciousOperation, UnreadablePostError, MultiPartParserError, MalformedRequest):
        raise BadRequest("The body of this request could not be read.") from None
    if _has_nul(pairs):
        raise BadRequest("A parameter of this request contains a NUL character.")
    return Parameters(pairs, body, _files(request) if files_in is not None else {})


def _files(request: HttpRequest) -> "dict[str, UploadedFile[Any]]":
    return {name: file for name, file in request.FILES.items() if isinstance(file, UploadedFile)}


def _length(request: HttpRequest) -> int:
    length = str(request.META.get("CONTENT_LENGTH") or "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _too_large() -> WireError:
    return WireError("The body of this request is larger than this server accepts.", status=413)


def _json_object(raw: bytes) -> Mapping[str, Any]:
    if not raw.strip():
        return {}
    value = _json(raw)
    if isinstance(value, dict):
        return value
    if value == [] or value is None:
        return {}
    raise BadRequest("The body of this request must be a JSON object.")


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        try:
            return lenient_json.loads(raw)
        except ValueError:
            raise BadRequest(f"The body of this request is not valid JSON: {error}") from None


def _has_nul(value: Any, depth: int = 0) -> bool:
    # What walks through a body after this may take it that the body ends well before the stack does.
    if depth > _DEEPEST:
        raise BadRequest(f"The body of this request is nested more than {_DEEPEST} levels deep.")
    match value:
        case str():
            return "\0" in value
        case list() | tuple():
            return any(_has_nul(item, depth + 1) for item in value)
        case dict():
            return any(_has_nul(name) or _has_nul(item, depth + 1) for name, item in value.items())
    return False


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _unparsable(name: str) -> BadRequest:
    return BadRequest(f"Could not parse parameter '{name}'")
