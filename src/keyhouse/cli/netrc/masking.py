"""Show a netrc file to people: machines, logins and keywords as they stand, whatever may be a secret by its size."""

import re
from difflib import unified_diff
from typing import TYPE_CHECKING

from keyhouse.netrc.lexer import Kind, Token
from keyhouse.netrc.secret import Secret

if TYPE_CHECKING:
    from keyhouse.netrc.document import Document

_KEYWORDS = {b"machine", b"default", b"login", b"user", b"password", b"account", b"macdef"}
_USERINFO = re.compile(r"//[^/@]*@")
_MARKS = str.maketrans({"\r": "\N{SYMBOL FOR CARRIAGE RETURN}", "\ufeff": "<byte order mark>"})
_MOST_LINES = 2000
"""Comparing takes time that grows with the square of the lines; nobody reads a longer difference anyway."""


def masked_text(document: "Document") -> str:
    """Return the file's text without a secret; what is not surely harmless counts as one."""
    shown = _harmless(document)
    return "".join(_token_text(index, token, shown) for index, token in enumerate(document.tokens))


def masked_diff(old: "Document", new: "Document") -> list[str]:
    """Return the lines that change, marked - and +, or how many they are where nobody could read them."""
    counts = [len(one.line_starts) for one in (old, new)]
    if max(counts) > _MOST_LINES:
        return [f"({counts[0]} lines become {counts[1]}; too many to compare here)"]
    before, after = (masked_text(one).removesuffix("\n").split("\n") for one in (old, new))
    lines = list(unified_diff(before, after, n=1, lineterm=""))[2:]
    return [line.translate(_MARKS) for line in lines]


def _harmless(document: "Document") -> dict[int, bool]:
    """Map the tokens that may be shown, and those that are a secret (False)."""
    shown: dict[int, bool] = {}
    for entry in document.entries:
        shown |= {entry.head: True} | ({entry.name: True} if entry.name is not None else {})
        for field in entry.fields:
            shown |= {field.keyword: True, field.value: field.name == "login"}
    return shown


def _token_text(index: int, token: Token, shown: dict[int, bool]) -> str:
    if token.kind in {Kind.BLANK, Kind.BOM}:
        return token.raw.decode("utf-8", "replace")
    if token.kind is Kind.WORD:
        return _word(token, shown.get(index))
    body = token.raw.rstrip(b"\r\n")
    what = "# (a comment" if token.kind is Kind.COMMENT else "(a macro"
    return f"{what} of {len(body)} bytes)" + token.raw[len(body) :].decode("ascii")


def _word(token: Token, is_shown: bool | None) -> str:
    if is_shown or (is_shown is None and token.raw in _KEYWORDS):
        return _USERINFO.sub("//(hidden)@", token.raw.decode("utf-8", "replace"))
    if is_shown is None:
        return f"({len(token.raw)} bytes)"
    secret = f"({Secret(token.value)})"
    return f'"{secret}"' if token.raw != token.value else secret
