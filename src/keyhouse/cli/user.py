"""``keyhouse user``: people and service accounts."""

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Family, json_option, yes_option
from keyhouse.cli.failure import Wrong
from keyhouse.cli.secret_input import confirm, password
from keyhouse.cli.site import caller, open_site

_stdin_option = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from the first line of standard input."
)


@click.group(
    "user",
    cls=Family,
    examples=[
        "keyhouse user add ada@example.org",
        "keyhouse user list --json",
        "keyhouse user deactivate ada@example.org",
    ],
)
def command() -> None:
    """Add, list, deactivate and delete users."""


@command.command(
    "add",
    examples=[
        "keyhouse user add admin@example.org --site-admin",
        "pass show keyhouse/ada | keyhouse user add ada@example.org --password-stdin",
        "keyhouse user add pipeline@example.org --service --display-name 'Nightly pipeline'",
    ],
)
@click.argument("email")
@click.option("--site-admin", "is_site_admin", is_flag=True, help="Make the user a site administrator.")
@click.option("--service", "is_service", is_flag=True, help="A service account: never a password, only API keys.")
@click.option("--display-name", default="", metavar="NAME", help="Name on the pages (default: from the address).")
@_stdin_option
def add(email: str, is_site_admin: bool, is_service: bool, display_name: str, from_stdin: bool) -> None:
    """Add a user. The password is asked for, twice; it is never an argument, which others could see."""
    if is_service and from_stdin:
        raise Wrong("A service account has no password: leave --password-stdin out and issue it an API key.")
    with open_site() as site:
        secret = None if is_service else password(from_stdin)
        user = site.users.add(email, caller(), secret, display_name, is_service, is_site_admin)
    click.echo(f"Added {user.email}{', a site administrator' if is_site_admin else ''}.")
    if is_service:
        click.echo(f"Issue it a key with: keyhouse key issue {user.email}")
    elif secret is None:
        click.echo(f"{user.email} has no password yet. Set one with: keyhouse user set-password {user.email}", err=True)


@command.command("list", examples=["keyhouse user list", "keyhouse user list --json"])
@json_option
def list_users(as_json: bool) -> None:
    """List all users."""
    with open_site():
        from keyhouse.accounts.models import ADMINISTRATORS_ID, Membership, User

        administrators = set(Membership.objects.filter(group_id=ADMINISTRATORS_ID).values_list("member_id", flat=True))
        rows = [
            {
                "id": user.id,
                "email": user.email,
                "display_name": user.display_name,
                "active": user.is_active,
                "service": user.is_service,
                "site_admin": user.id in administrators,
                "has_password": user.has_usable_password(),
                "created": user.created_at,
            }
            for user in User.objects.order_by("email")
        ]
    listing.show(rows, as_json, "There are no users. Add one with: keyhouse user add EMAIL --site-admin")


@command.command("deactivate", examples=["keyhouse user deactivate ada@example.org"])
@click.argument("email")
def deactivate(email: str) -> None:
    """Refuse a user from the next request on: sessions end, keys are kept and refused."""
    with open_site() as site:
        from keyhouse.accounts.users import find

        user = find(email)
        if not user.is_active:
            click.echo(f"{user.email} is deactivated already.")
            return
        site.users.deactivate(user, caller())
        click.echo(f"Deactivated {user.email}.")
        _warn_without_administrator()


@command.command("reactivate", examples=["keyhouse user reactivate ada@example.org"])
@click.argument("email")
def reactivate(email: str) -> None:
    """Let a deactivated user in again; keys that were revoked meanwhile stay revoked."""
    with open_site() as site:
        from keyhouse.accounts.users import find

        user = find(email)
        if user.is_active:
            click.echo(f"{user.email} is active already.")
            return
        site.users.reactivate(user, caller())
        click.echo(f"Reactivated {user.email}.")


@command.command(
    "delete", examples=["keyhouse user delete ada@example.org", "keyhouse user delete ada@example.org --yes"]
)
@click.argument("email")
@yes_option
def delete(email: str, is_sure: bool) -> None:
    """Delete a user for ever. The keys are refused for ever; the audit log keeps its lines."""
    with open_site() as site:
        from keyhouse.accounts.users import find

        user = find(email)
        confirm(f"Delete {user.email} and refuse all keys of this user for ever?", is_sure)
        site.users.delete(user, caller())
        click.echo(f"Deleted {email.strip().lower()}.")
        _warn_without_administrator()


@command.command(
    "set-password",
    examples=[
        "keyhouse user set-password ada@example.org",
        "pass show keyhouse/ada | keyhouse user set-password ada@example.org --password-stdin",
    ],
)
@click.argument("email")
@_stdin_option
def set_password(email: str, from_stdin: bool) -> None:
    """Give a user a new password; every browser session of the user ends."""
    with open_site() as site:
        from keyhouse.accounts.users import find

        user = find(email)
        secret = password(from_stdin)
        if secret is None:
            raise Wrong("There is no terminal to ask on: pipe the password in and say --password-stdin.")
        site.users.set_password(user, secret, caller())
    click.echo(f"{user.email} has a new password; all sessions of this user have ended.")


def _warn_without_administrator() -> None:
    from keyhouse.accounts.models import ADMINISTRATORS_ID, Membership, User

    members = Membership.objects.filter(group_id=ADMINISTRATORS_ID).values("member_id")
    if not User.objects.filter(id__in=members, is_active=True).exists():
        click.echo(
            "No active user is a site administrator now. Make one with: keyhouse group add-member Administrators EMAIL",
            err=True,
        )
