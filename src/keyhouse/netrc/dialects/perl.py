"""Perl's Net::Netrc and git's contributed helper, which copied its loop.

Both loop for ever on a token that ends in a lone backslash; here that is an error.
"""

from __future__ import annotations

import re

from .reading import Found, Malformed, Reading

_SPACE = " \t\n\v\f\r"
_BARE = re.compile(r"(?:[^\\ \t\n\v\f\r]|\\[^\n])*")
_UNESCAPE = re.compile(r"\\([^\n])")
HANGS = "timed out"


def _tokens(line: str) -> list[tuple[str, int]]:
    """Split one line, already without its newline; raise Malformed where the original never returns."""
    found: list[tuple[str, int]] = []
    at, length = 0, len(line)
    while at < length and line[at] in _SPACE:
        at += 1
    while at < length:
        closing = line.find('"', at + 1) if line[at] == '"' else -1
        if closing >= 0:
            raw, end = line[at + 1 : closing], closing + 1
        else:
            match = _BARE.match(line, at)
            assert match is not None
            raw, end = match.group(), match.end()
        found.append((_UNESCAPE.sub(r"\1", raw), at))
        behind = end
        while behind < length and line[behind] in _SPACE:
            behind += 1
        if behind == at:
            raise Malformed(HANGS)
        at = behind
    return found


def net_netrc(text: str) -> Reading:
    """Net::Netrc: values wait for their keyword across lines; a macro needs an entry before it."""
    return _read(text, ("login", "password", "account"), waits=True)


def git_helper(text: str) -> Reading:
    """git-credential-netrc: more keywords, the words of the credential protocol among them."""
    keywords = (
        "port", "path", "login", "user", "password", "protocol", "host", "username",
    )  # fmt: skip
    return _read(text, keywords, waits=False)


class _State:
    def __init__(self, keywords: tuple[str, ...], waits: bool) -> None:
        self.keywords, self.waits = frozenset(keywords), waits
        self.queue: list[tuple[str, int]] = []
        self.entries: list[tuple[str | None, dict[str, str], int]] = []
        self.in_macro = False


def _read(text: str, keywords: tuple[str, ...], *, waits: bool) -> Reading:
    state = _State(keywords, waits)
    error = None
    start = 0
    try:
        for line in text.split("\n"):
            if not line:
                state.in_macro = False
            if not state.in_macro:
                state.queue.extend((word, start + at) for word, at in _tokens(line))
                _drain(state)
            start += len(line) + 1
    except Malformed as failure:
        error = str(failure)
    found = tuple(_found(name, values, at) for name, values, at in state.entries)
    return Reading((), error) if error else Reading(found)


def _found(name: str | None, values: dict[str, str], at: int) -> Found:
    if "host" in values:
        name = values["host"]
    port = values.get("port", "")
    protocol = values.get("protocol", values.get("port"))
    if port.isdecimal():
        protocol = values.get("protocol")
        name = name if name is None else f"{name}:{port}"
    login = values.get("username", values.get("user", values.get("login")))
    return Found(name, login, values.get("password"), protocol, at)


def _drain(state: _State) -> None:
    queue, index = state.queue, 0
    while index < len(queue):
        word, at = queue[index]
        if word == "default":
            state.entries.append((None, {}, at))
            index += 1
            continue
        if state.waits and index + 1 >= len(queue):
            break
        index += 1
        value = queue[index][0] if index < len(queue) else None
        if word == "machine":
            state.entries.append((value, {}, at))
            index += 1
        elif word in state.keywords:
            if state.entries:
                index += 1
                if value is not None:
                    state.entries[-1][1][word] = value.replace("/\\", "\\")
        elif word == "macdef" and state.entries:
            index += 1
            state.in_macro = True
    del queue[:index]
