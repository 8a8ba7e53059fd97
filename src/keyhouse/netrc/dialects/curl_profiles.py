"""What changed in libcurl's netrc code, version by version, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CurlProfile:
    """One libcurl's rules. Field names say what the code does, not what the manual promises."""

    scanner: str = "strtok"
    """strtok | line | file | lexer"""
    lines: str = "chunks"
    """chunks | skip | stop | stop or end | error: what happens to a line that does not fit"""
    generation: int = 1
    max_line: int = 4096
    max_file: int = 1 << 62
    max_token: int = 1 << 62
    macros: bool = False
    password_before_login: bool = False
    """A password in an entry that names no login counts for any login asked for."""
    forgets_our_login: bool = True
    exact_login: bool = False
    default_inside: bool = False
    """The word default ends an entry that matched."""
    default_forgets_all: bool = False
    counts_any_password: bool = False
    password_ends_search: bool = False
    empty_entry_is_no_match: bool = False
    cuts_non_ascii: bool = False
    """A signed char comparison ends a token at the first byte above 0x7f."""
    skips_macro_lines: bool = False


_OLDEST = CurlProfile()
_MACROS = replace(_OLDEST, macros=True)
_QUOTES = replace(_MACROS, scanner="line")
_PASSWORD_ONLY = replace(_QUOTES, password_before_login=True)
_GET_LINE = replace(_PASSWORD_ONLY, lines="skip", exact_login=True)
_LONG_LINE_ENDS = replace(_GET_LINE, lines="stop")
_MEMORY = replace(_LONG_LINE_ENDS, scanner="file", max_file=64 * 1024, max_token=128, forgets_our_login=False)
_TOGETHER = replace(
    _MEMORY,
    generation=2,
    max_line=16384,
    max_file=128 * 1024,
    max_token=4096,
    default_inside=True,
    counts_any_password=True,
)
_SETTLED = replace(_TOGETHER, counts_any_password=False, password_ends_search=True, empty_entry_is_no_match=True)
_SIGNED = replace(_SETTLED, lines="stop or end", cuts_non_ascii=True)
_LOUD = replace(_SIGNED, lines="error")
_STATEFUL = replace(
    _LOUD, counts_any_password=True, skips_macro_lines=True, forgets_our_login=True, default_forgets_all=True
)
_LEXER = replace(_LOUD, scanner="lexer", generation=3)

SINCE: tuple[tuple[Version, CurlProfile], ...] = (
    ((7, 55), _OLDEST),
    ((7, 78), _MACROS),
    ((7, 84), _QUOTES),
    ((7, 85), _PASSWORD_ONLY),
    ((7, 86), _GET_LINE),
    ((8, 6), _LONG_LINE_ENDS),
    ((8, 11), _MEMORY),
    ((8, 11, 1), _TOGETHER),
    ((8, 12), _SETTLED),
    ((8, 13), _SIGNED),
    ((8, 17), _LOUD),
    ((8, 20), _STATEFUL),
    ((8, 21), _LEXER),
)
"""First version of each profile."""

DEBIAN_12 = replace(_GET_LINE, generation=2, default_inside=True, counts_any_password=True, forgets_our_login=False)
"""Debian's 7.88.1: the machine of 8.11.1 (the fix of CVE-2024-11053) on the lines of 7.88."""


def profile_of(version: Version, *, debian: bool = False) -> CurlProfile:
    """Return the rules of a libcurl version; Debian 12 patched its 7.88.1."""
    if debian:
        return DEBIAN_12
    chosen = _OLDEST
    for first, profile in SINCE:
        if version >= first:
            chosen = profile
    return chosen
