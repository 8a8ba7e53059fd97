"""Where a word begins and ends, in the three ways of libcurl 7.61 to 8.20."""

from __future__ import annotations

from collections.abc import Iterator

from .curl_profiles import CurlProfile
from .reading import C_SPACE, Malformed


def strtok(line: str) -> Iterator[tuple[str, int]]:
    """Yield the words of a line as strtok does, each with its offset; none of a comment."""
    for number, (token, at) in enumerate(_split(line, " \t\n")):
        if number == 0 and token.startswith("#"):
            return
        yield token, at


def _split(line: str, blanks: str) -> Iterator[tuple[str, int]]:
    at, length = 0, len(line)
    while at < length:
        while at < length and line[at] in blanks:
            at += 1
        begin = at
        while at < length and line[at] not in blanks:
            at += 1
        if begin < at:
            yield line[begin:at], begin


def quoted(line: str) -> Iterator[tuple[str, int]]:
    """Yield the words of a line, of which some are quoted. Raise Malformed for a quote that does not end."""
    at, length = 0, len(line)
    while at < length:
        while at < length and line[at] in " \t":
            at += 1
        if at >= length or line[at] == "#":
            return
        begin = at
        if line[at] == '"':
            token, at = unquote(line, at, length + 1)
        else:
            while at < length and line[at] not in C_SPACE:
                at += 1
            token = line[begin:at]
        yield token, begin
        at += 1


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def unquote(text: str, at: int, limit: int) -> tuple[str, int]:
    """Return what a quoted token means and the offset behind it; raise Malformed when it does not end."""
    parts: list[str] = []
    at += 1
    length = len(text)
    while at < length:
        char = text[at]
        if char == '"':
            return "".join(parts), at + 1
        if char == "\\":
            at += 1
            if at >= length:
                break
            char = _ESCAPES.get(text[at], text[at])
        parts.append(char)
        if len(parts) + 1 > limit:
            raise Malformed("syntax error")
        at += 1
    raise Malformed("syntax error")


def token(buffer: str, at: int, profile: CurlProfile) -> tuple[str, int]:
    """Return the word of a whole file that begins here, and the offset behind it. Raise Malformed."""
    if buffer[at] == '"':
        return unquote(buffer, at, profile.max_token)
    begin = at
    length = len(buffer)
    if profile.cuts_non_ascii:
        while at < length and " " < buffer[at] < "\x80":
            at += 1
    else:
        while at < length and buffer[at] not in C_SPACE:
            at += 1
    if begin == at or at - begin + 1 > profile.max_token:
        raise Malformed("syntax error")
    return buffer[begin:at], at
