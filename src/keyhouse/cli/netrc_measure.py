"""``keyhouse netrc measure``: hold the models against the programs of this machine."""

import base64
import secrets
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import NotSo, Unusable

if TYPE_CHECKING:
    from keyhouse.cli.netrc_experiment import Measured


@click.command("measure", cls=Command, examples=["keyhouse netrc measure", "keyhouse netrc measure --json"])
@json_option
def command(as_json: bool) -> None:
    """Run curl, wget, git, Python and R of this machine on telling files, and compare what they send with the model.

    They talk to a server on this machine's loopback, with a secret made up for it, in an empty home folder that is
    deleted afterwards. Your own netrc file is neither read nor changed. Ends with 1 when anything differs.
    """
    measured = _measure(not as_json)
    differing = [one for one in measured if not one.agrees]
    if as_json:
        listing.show_one({"agrees": not differing, "measured": [_row(one) for one in measured]})
    else:
        _print(measured)
    if differing:
        raise NotSo(f"{len(differing)} of {len(measured)} measurements differ from the model.")


def _measure(progress: bool) -> list["Measured"]:
    from keyhouse.cli.netrc_experiment import FILES, installed, laboratory

    programs = installed()
    if not programs:
        raise Unusable("No program to measure is installed. Install curl, wget or git.")
    key = secrets.token_hex(8).encode()
    pairs = [(program, name, content.replace(b"KEY", key)) for program in programs for name, content in FILES]
    with laboratory() as place, click.progressbar(
        pairs, label="Measuring", file=sys.stderr, hidden=not progress
    ) as shown:  # fmt: skip
        return [place.measure(program, name, content) for program, name, content in shown]


def _print(measured: Sequence["Measured"]) -> None:
    for program in dict.fromkeys(one.program for one in measured):
        mine = [one for one in measured if one.program == program]
        agreeing = sum(one.agrees for one in mine)
        title = f"{program.name} {program.version} (model {program.model.name} {program.model.version})"
        click.echo(f"{listing.printable(title)}: {agreeing} of {len(mine)} files agree")
        for one in mine:
            if not one.agrees:
                click.echo(listing.printable(f"  {one.file}: sent {_said(one.sent, one.at_once)}, "
                                             f"model {_said(one.expected, one.expected_at_once)}"))  # fmt: skip
                if not one.in_time:
                    click.echo("    and did not end in time")


def _row(one: "Measured") -> dict[str, Any]:
    return {
        "program": one.program.name,
        "version": one.program.version,
        "model_version": one.program.model.version,
        "file": one.file,
        "sent": _text(one.sent),
        "sent_at_once": one.at_once,
        "model": _text(one.expected),
        "model_at_once": one.expected_at_once,
        "in_time": one.in_time,
        "agrees": one.agrees,
    }


def _said(header: str | None, at_once: bool) -> str:
    return "nothing" if header is None else f"{_text(header)!r} {'at once' if at_once else 'after a 401'}"


def _text(header: str | None) -> str | None:
    """Show a header that holds a made-up secret."""
    if header is None:
        return None
    try:
        return base64.b64decode(header.removeprefix("Basic ")).decode("utf-8", "replace")
    except ValueError:
        return header
