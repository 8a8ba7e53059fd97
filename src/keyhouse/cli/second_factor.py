"""``keyhouse second-factor``: who has one, reset one, and the emergency switch that only the operator can turn."""

from datetime import timedelta
from typing import Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Family, json_option, yes_option
from keyhouse.cli.failure import Wrong
from keyhouse.cli.secret_input import confirm
from keyhouse.cli.site import caller, open_site


@click.group(
    "second-factor",
    cls=Family,
    examples=["keyhouse second-factor list", "keyhouse second-factor reset ada@example.org"],
)
def command() -> None:
    """List and reset second factors; in an emergency, ask nobody for one.

    Who must have one is the site setting secondFactorFor.
    """


@command.command("list", examples=["keyhouse second-factor list", "keyhouse second-factor list --json"])
@json_option
def list_factors(as_json: bool) -> None:
    """List people with a second factor, those who must have one and lack it, and for whom none is asked at present."""
    with open_site() as site:
        from keyhouse.accounts.models import User

        rows = []
        for user in User.objects.filter(is_service=False, is_active=True).order_by("email"):
            factors = site.second_factors.of(user.id)
            is_required = site.factors.is_required(user)
            if factors or is_required or site.factors.is_bypassed(user.id):
                rows.append(
                    {
                        "user": user.email,
                        "factors": ", ".join(each.name for each in factors) or None,
                        "recovery_codes": site.second_factors.recovery.left(user.id),
                        "required": is_required,
                        "bypassed": site.factors.is_bypassed(user.id),
                    }
                )
    listing.show(rows, as_json, "Nobody has a second factor, and nobody must have one.")


@command.command("reset", examples=["keyhouse second-factor reset ada@example.org --yes"])
@click.argument("email")
@yes_option
def reset(email: str, is_sure: bool) -> None:
    """Remove all second factors of a person, for who lost them; all sessions end. API keys are not touched."""
    with open_site() as site:
        from keyhouse.accounts.users import find

        user = find(email)
        confirm(f"Remove the second factors of {user.email}? Be sure who asks you for it.", is_sure)
        count = site.second_factors.reset(user, caller())
    click.echo(f"Removed {count or 'no'} second factor{'' if count == 1 else 's'} of {user.email}; all sessions ended.")


@command.command(
    "bypass",
    examples=[
        "keyhouse second-factor bypass --for ada@example.org --hours 2 --why 'Phone lost on a journey'",
        "keyhouse second-factor bypass --everyone --hours 1 --why 'Duo is down'",
        "keyhouse second-factor bypass --off",
    ],
)
@click.option("--for", "email", metavar="EMAIL", help="This person alone.")
@click.option("--everyone", "is_everyone", is_flag=True, help="Everybody.")
@click.option("--hours", type=click.IntRange(1, 168), default=1, show_default=True, help="For so long.")
@click.option("--why", default="", help="Why: a sentence for the audit log.")
@click.option("--off", "is_off", is_flag=True, help="Ask for second factors again; without --for, of everybody.")
def bypass(email: str | None, is_everyone: bool, hours: int, why: str, is_off: bool) -> None:
    """Ask for no second factor for some hours. It is recorded, and all administrators see that it is on."""
    if (email is not None) == is_everyone and not is_off:
        raise Wrong("Say for whom: --for EMAIL, or --everyone.")
    if not is_off and not why.strip():
        raise Wrong("Say why, with --why: the sentence stays in the audit log.")
    with open_site() as site:
        from keyhouse.accounts.users import find

        user = find(email) if email is not None else None
        if is_off:
            count = site.factor_bypasses.stop(user, caller(), is_all=email is None and not is_everyone)
            said = f"Turned {count} emergency switch{'' if count == 1 else 'es'} off." if count else "None was on."
        else:
            until = site.factor_bypasses.start(user, timedelta(hours=hours), why, caller())
            whom: Any = user or "anybody"
            said = f"Second factors are not asked of {whom} until {until:%Y-%m-%d %H:%M} UTC."
    click.echo(said)
