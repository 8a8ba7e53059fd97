"""What the command line says of a configuration; secrets come from files, standard input or the environment alone."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli.command import Decorated
from keyhouse.cli.failure import Wrong

if TYPE_CHECKING:
    from keyhouse.signin.configurations import Draft
    from keyhouse.signin.method import Field
    from keyhouse.signin.models import Configuration
    from keyhouse.web.site import Site

_PAIR = "NAME=VALUE"
_MOST_BYTES = 1_048_576
_CREATES = {"yes": True, "no": False, "site": None}


def draft_options(is_new: bool) -> Callable[[Decorated], Decorated]:
    """Add the options of a configuration, which a command hands on to `draft_of`."""
    options = [
        click.option("--description", required=is_new, metavar="TEXT", help="Name on the sign-in page and in the log."),
        click.option("--set", "texts", multiple=True, metavar=_PAIR, help="A setting; repeat for several."),
        click.option("--set-file", "files", multiple=True, metavar="NAME=FILE", help="A setting from a file."),
        click.option(
            "--secret-file", "secret_files", multiple=True, metavar="NAME=FILE", help="A secret; - is standard input."
        ),
        click.option("--secret-env", "secret_variables", multiple=True, metavar="NAME=VARIABLE", help="A secret."),
        click.option("--domain", "domains", multiple=True, metavar="DOMAIN", help="E-mail domain that leads here."),
        click.option("--create-accounts", "creates", type=click.Choice(list(_CREATES)), help="At a first sign-in."),
        click.option("--link-accounts/--no-link-accounts", "links", default=None, help="Trust it with addresses."),
    ]
    if not is_new:
        options += [
            click.option("--no-secret", "forgotten", multiple=True, metavar="NAME", help="Remove a secret."),
            click.option("--no-domains", "is_without_domains", is_flag=True, help="Let no domain lead here."),
            click.option(
                "--same-people", "has_same_people", is_flag=True, help="The provider has a new name, its people do not."
            ),
        ]

    def decorate(decorated: Decorated) -> Decorated:
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


def draft_of(kind: str, row: "Configuration | None", given: Mapping[str, Any]) -> "Draft":
    """Return what a configuration is to be: what was given, and for the rest what it is."""
    from keyhouse.signin.configurations import Draft
    from keyhouse.signin.entered import parse

    fields = fields_of(kind)
    texts = {**_texts(fields, given["texts"]), **_files(given["files"])}
    if open_secrets := [field.name for field in fields if field.is_secret and field.name in texts]:
        secret = open_secrets[0]
        raise Wrong(f"{secret} is a secret, which others can read on a command line. Use --secret-env {secret}=VAR.")
    secrets = {**_files(given["secret_files"]), **_variables(given["secret_variables"])}
    domains = () if given.get("is_without_domains") else given["domains"] or (row.domains if row else ())
    return Draft(
        given["description"] or (row.description if row else ""),
        parse(fields, texts),
        {name: str(value) for name, value in parse(fields, secrets).items()},
        given.get("forgotten", ()),
        domains,
        _CREATES[given["creates"]] if given["creates"] else (row.creates_accounts if row else None),
        given["links"] if given["links"] is not None else bool(row and row.links_accounts),
        given.get("has_same_people", False),
    )


def kinds() -> list[dict[str, Any]]:
    """Return the kinds of configuration, and what those lack that are not installed."""
    from keyhouse.signin.methods import KINDS, NotInstalled, method_of

    def state(kind: str) -> str:
        try:
            method_of(kind)
        except NotInstalled as error:
            return str(error)
        return "can be added"

    return [{"kind": kind.name, "title": kind.title, "state": state(kind.name)} for kind in KINDS.values()]


def settings_of(kind: str) -> list[dict[str, Any]]:
    """Return the settings of a kind, as `keyhouse sign-in kinds KIND` lists them."""
    return [
        {
            "name": field.name,
            "kind": "secret" if field.is_secret else field.kind.value,
            "required": "yes" if field.is_required else "",
            "default": "" if field.is_secret else field.default,
            "label": field.label,
        }
        for field in fields_of(kind)
    ]


def told(site: "Site", row: "Configuration") -> list[dict[str, Any]]:
    """Return the settings of a configuration; of secrets only whether they are set."""
    own = {
        "number": row.id,
        "description": row.description,
        "kind": row.kind,
        "state": "on" if row.is_enabled else "off",
        "domains": ", ".join(row.domains),
        "creates accounts": next(word for word, value in _CREATES.items() if value is row.creates_accounts),
        "links accounts": "yes" if row.links_accounts else "no",
    }
    secrets = site.configurations.secret_names(row)
    shown = [{"setting": name, "value": value} for name, value in {**own, **row.settings}.items()]
    return [*shown, *({"setting": name, "value": "(set, not shown)"} for name in sorted(secrets))]


def in_lines(rows: Sequence[Mapping[str, Any]], column: str = "value") -> list[dict[str, Any]]:
    """Return the settings for a table: what stands one a line is one line, and a document is only its length."""
    return [{**row, column: _in_line(row[column])} if column in row else dict(row) for row in rows]


def _in_line(value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith(("<", "-----BEGIN")):
        return f"({len(text):,} characters; --json shows them)"
    return text.splitlines() if "\n" in text else value


def fields_of(kind: str) -> "Sequence[Field]":
    """Return the fields of a kind, or say what is wrong with it."""
    from keyhouse.signin.methods import KINDS, NotInstalled, method_of

    if kind not in KINDS:
        raise Wrong(f"There is no kind '{kind[:50]}'. Kinds: {', '.join(KINDS)}.")
    try:
        return method_of(kind).fields
    except NotInstalled as error:
        raise Wrong(str(error)) from None


def _texts(fields: "Sequence[Field]", pairs: Sequence[str]) -> dict[str, str]:
    # Lines may be given one by one.
    lines = {field.name for field in fields if field.kind == "lines"}
    texts: dict[str, str] = {}
    for pair in pairs:
        name, value = _split(pair)
        texts[name] = f"{texts[name]}\n{value}" if name in texts and name in lines else value
    return texts


def _files(pairs: Sequence[str]) -> dict[str, str]:
    return {name: _read(file) for name, file in map(_split, pairs)}


def _variables(pairs: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, variable in map(_split, pairs):
        if not os.environ.get(variable):
            raise Wrong(f"The environment has no variable {variable}, or it is empty.")
        found[name] = os.environ[variable]
    return found


def _split(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals or not name:
        raise Wrong(f"'{pair[:40]}' is not NAME=VALUE.")
    return name, value


def _read(file: str) -> str:
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise Wrong(f"{file} is larger than {_MOST_BYTES:,} bytes.")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise Wrong(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Wrong(f"{file} is no text. Give a certificate in PEM form, which begins with -----BEGIN.") from None
