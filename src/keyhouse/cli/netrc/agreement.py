"""``keyhouse netrc agreement``: how well the models agree with what was observed of the real clients."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import NotSo, Unusable, Wrong

if TYPE_CHECKING:
    from keyhouse.netrc.agreement import Agreement, Difference


@click.command(
    "agreement",
    cls=Command,
    examples=[
        "keyhouse netrc agreement observed.json",
        "keyhouse netrc agreement observed.json --client curl@8.14.1 --json",
    ],
)
@click.argument("observed", metavar="DATA.json", type=click.Path(path_type=Path))
@click.option("--client", "only", metavar="NAME", help="Only clients whose name or label in the file contains this.")
@json_option
def command(observed: Path, only: str | None, as_json: bool) -> None:
    """Compare the models of all clients with a file of observations, and list where they disagree.

    The file is a list of cases: name, netrc (one character a byte), url, setup, and results by client. Its values are
    shown as they are: observe with made-up secrets only. Exit with 1 where a disagreement has no known reason.
    """
    from keyhouse.netrc.agreement import agreement

    cases = _cases(observed)
    try:
        found = agreement(cases, only)
    except (AttributeError, KeyError, LookupError, TypeError, ValueError) as error:
        raise Wrong(f"{observed} holds a case that is not of this form ({type(error).__name__}). See --help.") from None
    if not found.compared:
        raise Wrong(f"{observed} has no observation of {only or 'a client that is known'}.")
    if as_json:
        listing.show_one(_for_programs(found))
    else:
        _print(found)
    unexplained = sum(_reason(one) is None for one in found.differences)
    if unexplained:
        raise NotSo(f"{unexplained} disagreement{'' if unexplained == 1 else 's'} without a known reason.")


def _cases(path: Path) -> list[Any]:
    from keyhouse.netrc.surroundings import real

    try:
        cases = json.loads(real().read(str(path)))
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise Wrong(f"{path} is no JSON.") from None
    if not isinstance(cases, list):
        raise Wrong(f"{path} is no list of cases.")
    return cases


def _shares(found: "Agreement") -> list[dict[str, Any]]:
    return [
        {"client": name, "compared": count, "agreed": found.agreed[name], "share": _percent(found.share(name))}
        for name, count in found.compared.items()
    ]


def _percent(share: float) -> str:
    """Write a share so that 100 % means all of them."""
    return "100 %" if share == 1 else f"{min(share * 100, 99.99):.2f} %"


def _reason(difference: "Difference") -> str | None:
    from keyhouse.netrc.agreement import EXPLAINED

    return EXPLAINED.get((difference.client, difference.case))


def _for_programs(found: "Agreement") -> dict[str, Any]:
    differences = [
        {
            "client": one.client,
            "case": one.case,
            "what": list(one.what),
            "observed": one.observed,
            "modelled": one.modelled,
            "reason": _reason(one),
        }
        for one in found.differences
    ]
    clients = [{**row, "share": found.share(row["client"])} for row in _shares(found)]
    return {"share": found.share(), "clients": clients, "differences": differences, "unknown": list(found.unknown)}


def _print(found: "Agreement") -> None:
    click.echo("\n".join(listing.table(_shares(found))))
    compared, agreed = sum(found.compared.values()), sum(found.agreed.values())
    click.echo(f"\n{agreed} of {compared} pairs of client and case agree: {_percent(found.share())}.")
    for one in found.differences:
        click.echo(f"\n{listing.printable(f'{one.client}, case {one.case}')}: {_reason(one) or 'no known reason'}")
        for name in one.what:
            observed, modelled = one.observed.get(name), one.modelled.get(name)
            click.echo(f"  {name:<14} {listing.printable(f'observed {observed!r}, modelled {modelled!r}')}")
    if found.unknown:
        click.echo(f"\nNot known here: {listing.printable(', '.join(found.unknown))}.")
