"""``keyhouse folder demand``: what must be declared in a folder; also the way in when a demand locks everybody out."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import Wrong
from keyhouse.cli.site import caller, open_site
from keyhouse.core.assurance import Assurance

if TYPE_CHECKING:
    from keyhouse.declarations.demands import OwnDemand

_FLAGS = {
    "wants_purpose": ("--purpose/--no-purpose", "Demand a purpose."),
    "wants_irb_number": ("--irb-number/--no-irb-number", "Demand an IRB number."),
    "wants_phi_level": ("--phi-level/--no-phi-level", "Demand the highest PHI level that one needs."),
    "wants_signature": ("--signature/--no-signature", "Demand a signature: one's name, typed."),
    "requires_phi_roles": ("--phi-roles/--no-phi-roles", "Show PHI to those alone whose roles allow it."),
}
_TEXTS = {
    "irb_pattern": ("--irb-pattern", "REGEX", "Pattern that the whole IRB number must match (empty: any)."),
    "irb_hint": ("--irb-hint", "TEXT", "What an IRB number looks like, in words."),
    "meaning": ("--meaning", "TEXT", "What a signature says that the person means."),
}
_COLUMNS = ("blank", "hide", "inherit")
_LEVELS = tuple(each.wire_name for each in Assurance)


def _wishes(function: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each thing that a folder can demand."""
    for name, (flags, text) in reversed(_FLAGS.items()):
        function = click.option(flags, name, default=None, help=text)(function)
    for name, (flag, metavar, text) in reversed(_TEXTS.items()):
        function = click.option(flag, name, metavar=metavar, help=text)(function)
    return function


def _wanted(own: "OwnDemand", wishes: dict[str, Any], purposes: tuple[str, ...], columns: str | None) -> "OwnDemand":
    from keyhouse.core.phi import PhiColumns

    wishes = {name: value for name, value in wishes.items() if value is not None}
    wanted = replace(own, **wishes)
    if purposes:
        # One empty text empties the list.
        wanted = replace(wanted, purposes=tuple(each for each in purposes if each), wants_purpose=True)
    if columns:
        wanted = replace(wanted, phi_columns=None if columns == "inherit" else PhiColumns(columns))
    if wishes.get("wants_purpose") is False:
        wanted = replace(wanted, purposes=())
    return replace(wanted, irb_pattern="", irb_hint="") if wishes.get("wants_irb_number") is False else wanted


@click.command(
    "demand",
    cls=Command,
    examples=[
        "keyhouse folder demand /Lab",
        "keyhouse folder demand '/Lab/Trial 7' --irb-number --irb-pattern 'IRB-[0-9]{4}' --irb-hint 'IRB-1234'",
        "keyhouse folder demand /Lab --allow-purpose 'Quality control' --allow-purpose DUO:0000042",
        "keyhouse folder demand '/Lab/Trial 7' --sign-in-level twoFactors",
        "keyhouse folder demand '/Lab/Trial 7' --nothing",
    ],
)
@click.argument("path")
@_wishes
@click.option(
    "--allow-purpose", "purposes", multiple=True, metavar="TEXT", help="One of the purposes; a DUO code, too."
)
@click.option(
    "--phi-columns", "columns", type=click.Choice(_COLUMNS), help="What becomes of columns above one's level."
)
@click.option(
    "--sign-in-level",
    "level",
    type=click.Choice(_LEVELS, case_sensitive=False),
    help="How surely people must have signed in (unknown: in any way).",
)
@click.option("--lapse-days", type=int, metavar="DAYS", help="How long declarations of API keys hold (0: for ever).")
@click.option("--nothing", "is_nothing", is_flag=True, help="Demand nothing any more: lets everybody in again.")
@json_option
def command(
    path: str,
    purposes: tuple[str, ...],
    columns: str | None,
    level: str | None,
    lapse_days: int | None,
    is_nothing: bool,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Say what must be declared in the folder at PATH and below it, or show it.

    What the folders above demand is added; terms of use are written with `keyhouse terms`. What is not named stays as
    it is. Changes hold on the next request.
    """
    has_wishes = any(value is not None for value in [*wishes.values(), level, lapse_days]) or bool(purposes or columns)
    if is_nothing and has_wishes:
        raise Wrong("--nothing stands alone.")
    with open_site() as site:
        from keyhouse.authz.folders import find
        from keyhouse.declarations.demands import NO_DEMAND

        folder = find(path)
        if is_nothing or has_wishes:
            wanted = NO_DEMAND if is_nothing else _wanted(site.demands.own(folder), wishes, _known(purposes), columns)
            if lapse_days is not None:
                wanted = replace(wanted, lapse_days=lapse_days or None)
            if level is not None:
                wanted = replace(wanted, assurance=Assurance.named(level) or Assurance.UNKNOWN)
            site.demands.change(folder, wanted, caller())
        own = site.demands.own(folder)
        if not as_json and own == NO_DEMAND:
            click.echo(f"{folder.path} demands nothing by itself.")
            return
        _show(own, as_json)


def _known(purposes: tuple[str, ...]) -> tuple[str, ...]:
    from keyhouse.declarations import duo

    return tuple(term.purpose if (term := duo.find(each)) else each for each in purposes)


def _show(own: "OwnDemand", as_json: bool) -> None:
    values = {name: getattr(own, name) for name in own.__dataclass_fields__}
    values["assurance"] = own.assurance.wire_name if own.assurance else None
    if as_json:
        listing.show_one(values)
        return
    rows = [{"demand": name.replace("_", " "), "value": value} for name, value in values.items() if value]
    listing.show(rows, as_json=False, empty="")
