"""``keyhouse sign-in``: the ways to sign in."""

from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing, sign_in_entered
from keyhouse.cli.command import Family, json_option, yes_option
from keyhouse.cli.failure import NotSo
from keyhouse.cli.secret_input import confirm
from keyhouse.cli.sign_in_entered import draft_options
from keyhouse.cli.site import caller, open_site

if TYPE_CHECKING:
    from keyhouse.signin.models import Configuration


@click.group(
    "sign-in",
    cls=Family,
    examples=[
        "keyhouse sign-in kinds",
        "keyhouse sign-in list",
        "keyhouse sign-in test 'Our Institute'",
    ],
)
def command() -> None:
    """Configure how people sign in: SAML, OpenID Connect, CAS, LDAP, Duo.

    NAME is the description or the number of a configuration.
    """


@command.command("kinds", examples=["keyhouse sign-in kinds", "keyhouse sign-in kinds saml"])
@click.argument("kind", required=False)
@json_option
def kinds(kind: str | None, as_json: bool) -> None:
    """List the kinds that can be added, or the settings of one KIND."""
    with open_site():
        rows = sign_in_entered.settings_of(kind) if kind else sign_in_entered.kinds()
    listing.show(rows if as_json else sign_in_entered.in_lines(rows, "default"), as_json, "This kind has no settings.")


@command.command("list", examples=["keyhouse sign-in list", "keyhouse sign-in list --json"])
@json_option
def list_configurations(as_json: bool) -> None:
    """List the ways to sign in, in their order."""
    with open_site():
        from keyhouse.signin.models import Configuration

        rows = [
            {
                "number": row.id,
                "description": row.description,
                "kind": row.kind,
                "state": "on" if row.is_enabled else "off",
                "domains": ", ".join(row.domains),
            }
            for row in Configuration.objects.order_by("position", "id")
        ]
    empty = "Passwords are the only way to sign in. Add another with: keyhouse sign-in add KIND --description TEXT"
    listing.show(rows, as_json, empty)


@command.command("show", examples=["keyhouse sign-in show 'Our Institute'", "keyhouse sign-in show 1 --json"])
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the settings of one way to sign in; of secrets only whether they are set."""
    with open_site() as site:
        rows = sign_in_entered.told(site, _found(name))
    listing.show(rows if as_json else sign_in_entered.in_lines(rows), as_json, "It has no settings.")


@command.command(
    "add",
    examples=[
        "keyhouse sign-in add saml --description 'Our Institute' --set-file metadata=idp.xml",
        "keyhouse sign-in add oidc --description Keycloak --set issuer=https://id.example.org/realms/lab "
        "--set client_id=keyhouse --secret-env client_secret=CLIENT_SECRET --domain example.org",
    ],
)
@click.argument("kind")
@draft_options(is_new=True)
@click.option("--disabled", "is_disabled", is_flag=True, help="Add it switched off: to register and test it first.")
def add(kind: str, is_disabled: bool, **given: Any) -> None:
    """Add a way to sign in of this KIND. Its settings are listed by: keyhouse sign-in kinds KIND."""
    with open_site() as site:
        draft = sign_in_entered.draft_of(kind, None, given)
        row = site.configurations.add(kind, draft, caller(), is_enabled=not is_disabled)
        click.echo(f"Added {row.description} as number {row.id}, switched {'on' if row.is_enabled else 'off'}.")
        click.echo(f"Test it with: keyhouse sign-in test {row.id}")


@command.command(
    "change",
    examples=[
        "keyhouse sign-in change 1 --secret-file client_secret=new-secret.txt",
        "keyhouse sign-in change 'Our Institute' --domain example.org --domain lab.example.org",
    ],
)
@click.argument("name")
@draft_options(is_new=False)
def change(name: str, **given: Any) -> None:
    """Change a way to sign in; what is not named stays as it is."""
    with open_site() as site:
        row = _found(name)
        changed = site.configurations.change(row, sign_in_entered.draft_of(row.kind, row, given), caller())
        click.echo(f"Changed {row.description}." if changed else "Nothing was changed: it is so already.")


@command.command("enable", examples=["keyhouse sign-in enable 1"])
@click.argument("name")
def enable(name: str) -> None:
    """Switch a way to sign in on."""
    with open_site() as site:
        row = _found(name)
        site.configurations.switch(row, True, caller())
        click.echo(f"{row.description} is switched on.")


@command.command("disable", examples=["keyhouse sign-in disable 'Our Institute' --yes"])
@click.argument("name")
@yes_option
def disable(name: str, is_sure: bool) -> None:
    """Switch a way to sign in off; the browser sessions that came by it end."""
    with open_site() as site:
        row = _found(name)
        _warn(row)
        confirm(f"Switch off {row.description}?", is_sure)
        ended = site.configurations.switch(row, False, caller())
        click.echo(f"{row.description} is switched off; {ended.sessions} browser sessions ended.")


@command.command("move", examples=["keyhouse sign-in move 'Our Institute' up"])
@click.argument("name")
@click.argument("direction", type=click.Choice(["up", "down"]))
def move(name: str, direction: str) -> None:
    """Move a way to sign in up or down in the order of the sign-in page."""
    with open_site() as site:
        row = _found(name)
        moved = site.configurations.move(row, -1 if direction == "up" else 1, caller())
        click.echo(f"Moved {row.description} {direction}." if moved else f"{row.description} is there already.")


@command.command("test", examples=["keyhouse sign-in test 1", "keyhouse sign-in test 'Our Institute' --json"])
@click.argument("name")
@json_option
def test(name: str, as_json: bool) -> None:
    """Reach the provider and say what is well and what is not; exit with 1 where something is not."""
    with open_site() as site:
        row = _found(name)
        findings = site.configurations.test(row)
    rows = [{"well": each.is_ok, "finding": each.text, "advice": each.advice} for each in findings]
    if as_json:
        listing.show(rows, as_json, "")
    else:
        _print(findings)
    if not all(each.is_ok for each in findings):
        raise NotSo(f"{row.description} does not work as it is.")


@command.command("remove", examples=["keyhouse sign-in remove 'Our Institute' --yes"])
@click.argument("name")
@yes_option
def remove(name: str, is_sure: bool) -> None:
    """Remove a way to sign in with all links to accounts; its browser sessions end."""
    with open_site() as site:
        row = _found(name)
        _warn(row)
        confirm(f"Remove {row.description} for good?", is_sure)
        ended = site.configurations.remove(row, caller())
        click.echo(f"Removed {row.description}; {ended.sessions} browser sessions ended.")


def _found(name: str) -> "Configuration":
    from keyhouse.signin.configurations import find

    return find(name)


def _warn(row: "Configuration") -> None:
    from keyhouse.signin.consequences import consequences_of

    for sentence in consequences_of(row).sentences:
        click.echo(sentence, err=True)


def _print(findings: list[Any]) -> None:
    for each in findings:
        click.echo(f"{'ok' if each.is_ok else 'FAILED':7}{each.text}")
        if each.advice:
            click.echo(f"{'':7}{each.advice}")
