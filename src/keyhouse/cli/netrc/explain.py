"""``keyhouse netrc explain``: what each client would send to a URL, and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import Wrong
from keyhouse.cli.netrc.given_file import PLATFORMS, file_option

if TYPE_CHECKING:
    from keyhouse.cli.netrc.differences import Reasons
    from keyhouse.cli.netrc.explanation import Explained
    from keyhouse.netrc.surroundings import Surroundings
    from keyhouse.netrc.url import Url


@click.command(
    "explain",
    cls=Command,
    examples=[
        "keyhouse netrc explain https://labkey.example.org",
        "keyhouse netrc explain https://labkey.example.org --client curl@8.5 --client requests",
        "keyhouse netrc explain https://ada@labkey.example.org --all",
        "keyhouse netrc explain https://labkey.example.org --platform windows",
        "keyhouse netrc explain https://labkey.example.org --file C:/Users/ada/_netrc --json",
    ],
)
@click.argument("url")
@click.option(
    "--client",
    "-c",
    "specs",
    multiple=True,
    metavar="NAME[@VERSION]",
    help="A client, such as curl@8.5; again for more (default: those that most people have, newest versions).",
)
@click.option("--all", "everybody", is_flag=True, help="Every client and version that is known.")
@click.option(
    "--platform",
    type=click.Choice(list(PLATFORMS)),
    help="As on this system: which names and folders clients look for there (default: this one).",
)
@file_option
@json_option
def command(
    url: str, specs: tuple[str, ...], everybody: bool, platform: str | None, file: Path | None, as_json: bool
) -> None:
    """Explain what each client would send to URL: which file it reads, which entry it takes, what the server sees.

    Nothing is sent. Where clients differ, a sentence says how and why. With --file, the file is taken as if it stood
    in your home folder under the name that each client looks for. With --platform, the files of your home folder are
    taken as if they lay in one there; on windows only USERPROFILE is set, as it is unless you set HOME.
    """
    from keyhouse.cli.netrc.asked import asked_clients, asked_url
    from keyhouse.cli.netrc.differences import groups_of, sentences
    from keyhouse.cli.netrc.explanation import explain_all
    from keyhouse.cli.netrc.given_file import refuse_endless, surroundings_with

    if specs and everybody:
        raise Wrong("Say either --client or --all.")
    asked = asked_url(url)
    around = surroundings_with(file, platform)
    refuse_endless(file, around)
    explained = explain_all(url, asked_clients(specs, everybody, around.platform), around)
    reasons = _reasons(explained, asked, around)
    told = sentences(explained, reasons)
    if as_json:
        agree = len(groups_of(explained)) == 1
        clients = [one.as_json() for one in explained]
        listing.show_one({"url": url, "platform": platform, "agree": agree, "summary": told, "clients": clients})
    else:
        _print(told, explained, reasons)


def _reasons(explained: Sequence["Explained"], url: "Url", around: "Surroundings") -> "Reasons":
    """Read the file that most clients read in the toolkit's own way, to find the reasons of differences there."""
    from keyhouse.cli.netrc.differences import Reasons
    from keyhouse.cli.netrc.given_file import Placed
    from keyhouse.netrc.document import parse

    files = [one.file for one in explained if one.file is not None]
    data = b""
    if files:
        machine = around.machine if isinstance(around, Placed) else around
        try:
            data = machine.read(max(files, key=files.count))
        except (OSError, ValueError):
            data = b""
    return Reasons(parse(data), url)


def _print(told: Sequence[str], explained: Sequence["Explained"], reasons: "Reasons") -> None:
    from keyhouse.cli.netrc.differences import versions
    from keyhouse.cli.netrc.paint import paint

    for sentence in told:
        click.echo(listing.printable(sentence))
    if reasons.url.scheme == "http" and reasons.url.host not in {"localhost", "127.0.0.1", "::1"}:
        click.echo(paint("Over plain http, everybody on the way can read what is sent.", "yellow"))
    blocks: dict[tuple[str, ...], list[Explained]] = {}
    for one in explained:
        blocks.setdefault(tuple(_lines(one, reasons)), []).append(one)
    for lines, group in blocks.items():
        click.echo("\n" + paint(versions(group), bold=True))
        for line in lines:
            click.echo(line)


def _lines(one: "Explained", reasons: "Reasons") -> list[str]:
    choice = one.choice
    mark = "ok: " if one.permission.accepts else "refused: "
    rows = [
        ("file", f"{one.file} ({one.file_why})" if one.file else _missing(one)),
        ("permissions", f"{mark}{one.permission.why}" if one.file and choice.path is not None else ""),
        ("entry", "" if choice.line is None else reasons.place(choice.line, choice.column or 1)),
        ("login", "" if not choice.sends else choice.login or "(empty)"),
        ("secret", str(choice.secret) if choice.secret is not None else ""),
        ("why", "" if choice.line is not None else choice.why),
        ("sent", one.sent),
        ("redirect", one.redirect),
        ("server sees", one.server_sees),
        ("error", choice.error),
        *(("warning", warning) for warning in choice.warnings),
    ]
    return [f"  {name:<12} {listing.printable(text)}" for name, text in rows if text]


def _missing(one: "Explained") -> str:
    return f"none: it looks for {' and '.join(one.tried)} ({one.file_why})" if one.tried else f"none: {one.file_why}"
