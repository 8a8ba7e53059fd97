"""What an administrator entered for a configuration, read and checked by its fields: form and command line alike."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from keyhouse.signin.fetching import address_problem
from keyhouse.signin.method import Field, FieldKind

MOST_FILE_CHARACTERS = 1_048_576
_MOST_CHARACTERS = 20_000
_TRUE, _FALSE = {"true", "1", "on", "yes"}, {"false", "0", "off", "no", ""}
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}\.)*[a-z0-9-]{1,63}")


class ConfigurationError(Exception):
    """A configuration cannot be as asked; `problems` are the names of fields (or nothing) with a sentence each."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(f"{name}: {text}" if name else text for name, text in self.problems))


class ConfigurationNotFound(ConfigurationError):
    """There is no such configuration."""

    def __init__(self, name: str) -> None:
        super().__init__([("", f"There is no way to sign in called '{name[:100]}'.")])


def parse(fields: Sequence[Field], texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of the right types from what was typed; a field that is absent is left out.

    Lines and files stay texts, with one kind of line end. Raises `ConfigurationError`.
    """
    known = {field.name: field for field in fields}
    problems = [(name, f"There is no setting '{name[:60]}' of this kind.") for name in texts if name not in known]
    values: dict[str, Any] = {}
    for name, value in texts.items():
        if name in known:
            try:
                values[name] = _READ[known[name].kind](known[name], value)
            except ValueError as error:
                problems.append((name, str(error)))
    if problems:
        raise ConfigurationError(problems)
    return values


def missing(fields: Sequence[Field], values: Mapping[str, Any], secrets: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a problem for each required field that has no value."""
    given: dict[str, Any] = {**values, **secrets}
    lacking = [field for field in fields if field.is_required and given.get(field.name) in (None, "")]
    return [(field.name, f"{field.label} is missing.") for field in lacking]


def defaults_of(fields: Sequence[Field]) -> dict[str, Any]:
    """Return the settings of a configuration in which nothing was entered yet."""
    return {field.name: field.default for field in fields if not field.is_secret}


def description_of(text: str) -> str:
    """Return the name of a configuration in one line, or raise `ConfigurationError`."""
    name = " ".join(text.split())
    if not name or len(name) > 100 or not name.isprintable():
        raise ConfigurationError([("description", "The description is a text of 1 to 100 characters in one line.")])
    return name


def domains_of(texts: Iterable[str]) -> list[str]:
    """Return e-mail domains in their one spelling, each once, or raise `ConfigurationError`."""
    domains: list[str] = []
    for text in texts:
        domain = ascii_domain(text.strip().lower().removeprefix("@"))
        if not domain:
            continue
        if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
            raise ConfigurationError([("domains", f"'{text.strip()[:100]}' is not a domain, such as example.org.")])
        if domain not in domains:
            domains.append(domain)
    return domains


def ascii_domain(domain: str) -> str:
    """Return a domain as it is asked for in the DNS: its letters may be written in several ways."""
    try:
        return domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        return domain


def _text(field: Field, value: Any) -> str:
    text = str(value).strip()
    if len(text) > _MOST_CHARACTERS or not text.isprintable():
        raise ValueError(f"{field.label} is a text in one line.")
    return text


def _lines(field: Field, value: Any, most: int = _MOST_CHARACTERS) -> str:
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > most or "\0" in text:
        raise ValueError(f"{field.label} is a text of at most {most:,} characters.")
    return text


def _file(field: Field, value: Any) -> str:
    return _lines(field, value, MOST_FILE_CHARACTERS)


def _url(field: Field, value: Any) -> str:
    text = _text(field, value)
    # A directory has addresses of its own, with ways of its own to be encrypted: its method looks at them.
    problem = address_problem(text) if text and _scheme(text) not in {"ldap", "ldaps", "ldapi"} else ""
    if problem:
        raise ValueError(problem)
    return text


def _scheme(text: str) -> str:
    try:
        return urlsplit(text).scheme
    except ValueError:
        return ""


def _flag(field: Field, value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(f"{field.label} is yes or no, not '{text[:50]}'.")
    return text in _TRUE


def _number(field: Field, value: Any) -> int | str:
    text = str(value).strip()
    if not text:
        return ""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ValueError(f"{field.label} is a whole number, not '{text[:50]}'.")
    return int(text)


def _choice(field: Field, value: Any) -> str:
    text = str(value).strip()
    allowed = [each for each, _ in field.choices]
    if text not in allowed:
        raise ValueError(f"{field.label} is one of {', '.join(allowed)}, not '{text[:50]}'.")
    return text


_READ: dict[FieldKind, Callable[[Field, Any], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.LINES: _lines,
    FieldKind.URL: _url,
    FieldKind.FILE: _file,
    FieldKind.FLAG: _flag,
    FieldKind.NUMBER: _number,
    FieldKind.CHOICE: _choice,
}
