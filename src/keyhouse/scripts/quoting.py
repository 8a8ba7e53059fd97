"""Texts as literals of each language, which no character of theirs can end or escape from.

What is printed as it is depends on the language; everything else is written as the language's own escape, so that no
control character, line end or mark of writing direction stands in a script unseen.
"""

from __future__ import annotations

from collections.abc import Callable


def python(text: str) -> str:
    """Write a Python string."""
    return _quoted(text, "'", {"\\": r"\\", "'": r"\'", **_LETTERS}, str.isprintable, _u_and_capital_u)


def r(text: str) -> str:
    """Write an R string, in ASCII: R reads a script in the encoding of its machine."""
    return _quoted(text, '"', {"\\": r"\\", '"': r"\"", **_LETTERS}, _is_plain, _u_and_capital_u)


def javascript(text: str) -> str:
    """Write a JavaScript string that may also stand in a script element of a page."""
    special = {"\\": r"\\", "'": r"\'", "<": r"\u003C", ">": r"\u003E", "&": r"\u0026", **_LETTERS}
    return _quoted(text, "'", special, str.isprintable, _units)


def java(text: str) -> str:
    """Write a Java string, in ASCII. Control characters are octal: Java reads `\\u000a` as the line end itself."""
    return _quoted(text, '"', {"\\": r"\\", '"': r"\"", **_LETTERS}, _is_plain, _octal_or_units)


def perl(text: str) -> str:
    """Write a Perl string: in single quotes, in which nothing is interpolated, or in ASCII escapes."""
    if _all_plain(text):
        return _quoted(text, "'", {"\\": r"\\", "'": r"\'"}, _is_plain, _named)
    return _quoted(text, '"', {"\\": r"\\", '"': r"\"", "$": r"\$", "@": r"\@"}, _is_plain, _named)


def sas(text: str) -> str:
    """Write a SAS string; in single quotes where a macro would be resolved, as bytes where no letter stands for one."""
    if not all(character.isprintable() for character in text):
        return f"'{text.encode().hex().upper()}'x"
    if "&" in text or "%" in text:
        return "'" + text.replace("'", "''") + "'"
    return '"' + text.replace('"', '""') + '"'


def julia(text: str) -> str:
    """Write a Julia string."""
    return _quoted(text, '"', {"\\": r"\\", '"': r"\"", "$": r"\$", **_LETTERS}, str.isprintable, _u_and_capital_u)


def shell(text: str) -> str:
    """Write a word for a POSIX shell."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


_LETTERS = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def _quoted(
    text: str, quote: str, special: dict[str, str], is_plain: Callable[[str], bool], escape: Callable[[str], str]
) -> str:
    return quote + "".join(special.get(each) or (each if is_plain(each) else escape(each)) for each in text) + quote


def _is_plain(character: str) -> bool:
    return " " <= character <= "~"


def _all_plain(text: str) -> bool:
    return all(_is_plain(character) for character in text)


def _u_and_capital_u(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _units(character: str) -> str:
    data = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[place]:02x}{data[place + 1]:02x}" for place in range(0, len(data), 2))


def _octal_or_units(character: str) -> str:
    return f"\\{ord(character):03o}" if ord(character) < 0x100 else _units(character)


def _named(character: str) -> str:
    return f"\\N{{U+{ord(character):X}}}"
