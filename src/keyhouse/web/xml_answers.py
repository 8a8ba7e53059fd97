"""JSON's values as XML, for clients that ask with `respFormat=xml` (client-api.md, section 6.1).

Members are elements of their name, items of lists are elements `element`, a null is an empty element.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import orjson

XML_TYPE = "text/xml;charset=utf-8"
HEAD, TAIL = b'<?xml version="1.0" encoding="UTF-8"?><response>', b"</response>"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_NAMES = re.compile(r"[^\w.-]", re.ASCII)


def xml_document(members: Mapping[str, Any]) -> bytes:
    """Write an object as a document."""
    return HEAD + xml_members(members) + TAIL


def xml_members(members: Mapping[str, Any], plain: Callable[[Any], Any] = str) -> bytes:
    """Write the members of an object; `plain` turns what JSON does not know into what it knows."""
    return "".join(_members(members, plain)).encode("utf-8", "replace")


def xml_items(items: Iterable[Any], plain: Callable[[Any], Any] = str) -> bytes:
    """Write the items of a list."""
    return "".join(_items(items, plain)).encode("utf-8", "replace")


def element_name(name: str) -> str:
    """Return a name that an element can have."""
    safe = _NOT_IN_NAMES.sub("_", name)
    return safe if safe[:1].isalpha() or safe[:1] == "_" else f"_{safe}"


def _members(members: Mapping[str, Any], plain: Callable[[Any], Any]) -> Iterable[str]:
    for name, value in members.items():
        tag = element_name(str(name))
        yield f"<{tag}>{''.join(_value(value, plain))}</{tag}>"


def _items(items: Iterable[Any], plain: Callable[[Any], Any]) -> Iterable[str]:
    for item in items:
        yield f"<element>{''.join(_value(item, plain))}</element>"


def _value(value: Any, plain: Callable[[Any], Any]) -> Iterable[str]:
    match value:
        case None:
            return ()
        case bool():
            return (str(value).lower(),)
        case str() | int() | float():
            return (escape(_FORBIDDEN.sub("", str(value))),)
        case Mapping():
            return _members(value, plain)
        case list() | tuple():
            return _items(value, plain)
    return (escape(_FORBIDDEN.sub("", _text(value if isinstance(value, orjson.Fragment) else plain(value)))),)


def _text(value: Any) -> str:
    if isinstance(value, orjson.Fragment):  # a number that JSON gets digit by digit
        return orjson.dumps(value).decode()
    return "" if value is None else str(value)
