"""JSON as LabKey's own parser takes it: a comma too many, names without quotes, single quotes (client-api.md, 3).

Requests that were recorded with the original rely on it. It is tried where strict JSON failed, and for small bodies
only: reading one token after another is slow, and a large body that is not JSON should be refused soon.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson

MOST_BYTES = 1_000_000
MOST_DEPTH = 50
_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r"""(?P<mark>[{}\[\]:,])"""
    r"""|(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")"""
    r"""|(?P<single>'(?:[^'\\\x00-\x1f]|\\.)*')"""
    r"""|(?P<word>[A-Za-z_$][\w$.]*)"""
    r"""|(?P<number>-?\d[\d.eE+-]*)"""
)
_ESCAPED = re.compile(r"""\\(.)|(")""")
_WORDS = {"true": True, "false": False, "null": None}
_END = ("end", "")


def loads(raw: bytes) -> Any:
    """Return the value of a text; raises `ValueError` for what is not even lenient JSON, too long or too deep."""
    if len(raw) > MOST_BYTES:
        raise ValueError("too long")
    reader = _Reader(_tokens(raw.decode("utf-8")))
    value = reader.value(0)
    reader.expect(*_END)
    return value


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = _SPACE.match(text, 0).end()  # type: ignore[union-attr]  # it matches nothing, too
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise ValueError(f"unexpected character at {at}")
        yield found.lastgroup, found.group()
        at = _SPACE.match(text, found.end()).end()  # type: ignore[union-attr]
    yield _END


class _Reader:
    def __init__(self, tokens: Iterator[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._kind, self._text = next(tokens)

    def expect(self, kind: str, text: str) -> None:
        if (self._kind, self._text) != (kind, text):
            raise ValueError(f"unexpected {self._text or 'end'}")
        self._advance()

    def value(self, depth: int) -> Any:
        if depth > MOST_DEPTH:
            raise ValueError("too deep")
        if self._is("{"):
            return self._object(depth + 1)
        if self._is("["):
            return self._array(depth + 1)
        return self._scalar()

    def _object(self, depth: int) -> dict[str, Any]:
        self.expect("mark", "{")
        members: dict[str, Any] = {}
        while not self._is("}"):
            name = self._name()
            self.expect("mark", ":")
            members[name] = self.value(depth)
            if not self._is("}"):
                self.expect("mark", ",")
        self.expect("mark", "}")
        return members

    def _array(self, depth: int) -> list[Any]:
        self.expect("mark", "[")
        items: list[Any] = []
        while not self._is("]"):
            items.append(self.value(depth))
            if not self._is("]"):
                self.expect("mark", ",")
        self.expect("mark", "]")
        return items

    def _name(self) -> str:
        if self._kind == "word":
            return self._advance()
        name = self._scalar()
        if not isinstance(name, str):
            raise ValueError("a name must be a text")
        return name

    def _scalar(self) -> Any:
        kind, text = self._kind, self._text
        if kind == "word" and text in _WORDS:
            self._advance()
            return _WORDS[text]
        if kind not in {"text", "single", "number"}:
            raise ValueError(f"unexpected {text or 'end'}")
        self._advance()
        return orjson.loads(_double_quoted(text) if kind == "single" else text)

    def _is(self, mark: str) -> bool:
        return self._kind == "mark" and self._text == mark

    def _advance(self) -> str:
        text = self._text
        self._kind, self._text = next(self._tokens, _END)
        return text


def _double_quoted(text: str) -> str:
    return f'"{_ESCAPED.sub(_requoted, text[1:-1])}"'


def _requoted(found: re.Match[str]) -> str:
    if found[2]:
        return '\\"'
    return "'" if found[1] == "'" else found[0]
