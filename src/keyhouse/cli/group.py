"""``keyhouse group``: groups and their members."""

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Family, json_option, yes_option
from keyhouse.cli.secret_input import confirm
from keyhouse.cli.site import caller, open_site

_member = click.argument("member", metavar="EMAIL|GROUP")


@click.group(
    "group",
    cls=Family,
    examples=[
        "keyhouse group add 'Trial team'",
        "keyhouse group add-member 'Trial team' ada@example.org",
        "keyhouse group add-member Administrators ada@example.org",
    ],
)
def command() -> None:
    """Add and delete groups, and say who belongs to them.

    Administrators, All Site Users and Guests are always there. A group may be a member of another.
    """


@command.command("add", examples=["keyhouse group add 'Trial team'"])
@click.argument("name")
def add(name: str) -> None:
    """Add an empty group."""
    with open_site() as site:
        group = site.groups.add(name, caller())
    click.echo(f"Added the group {group.name}.")


@command.command("list", examples=["keyhouse group list", "keyhouse group list --json"])
@json_option
def list_groups(as_json: bool) -> None:
    """List all groups with the number of their members, and the project of those that belong to one."""
    with open_site():
        from django.db.models import Count

        from keyhouse.accounts.models import Group
        from keyhouse.authz.models import ROOT_ID, Folder

        projects = dict(Folder.objects.filter(parent_id=ROOT_ID).values_list("entity_id", "path"))
        groups = Group.objects.annotate(members=Count("memberships")).order_by("name")
        rows = [
            {
                "id": group.id,
                "name": group.name,
                "project": projects.get(group.project, "") if group.project else "",
                "system": group.is_system,
                "members": group.members,
            }
            for group in groups
        ]
    listing.show(rows, as_json, "There are no groups.")


@command.command("members", examples=["keyhouse group members Administrators", "keyhouse group members Lab --json"])
@click.argument("name")
@json_option
def members(name: str, as_json: bool) -> None:
    """List the members of a group, users and groups."""
    with open_site():
        from keyhouse.accounts.groups import find
        from keyhouse.accounts.models import Group, Membership, User

        ids = list(Membership.objects.filter(group=find(name)).values_list("member_id", flat=True))
        rows = [
            {"id": user.id, "name": user.email, "kind": "user", "active": user.is_active}
            for user in User.objects.filter(id__in=ids).order_by("email")
        ] + [
            {"id": group.id, "name": group.name, "kind": "group", "active": True}
            for group in Group.objects.filter(id__in=ids).order_by("name")
        ]
    listing.show(rows, as_json, f"{name} has no members of its own.")


@command.command("delete", examples=["keyhouse group delete 'Trial team'"])
@click.argument("name")
@yes_option
def delete(name: str, is_sure: bool) -> None:
    """Delete a group with its memberships and role assignments; its members stay."""
    with open_site() as site:
        from keyhouse.accounts.groups import find

        group = find(name)
        confirm(f"Delete the group {group.name} and its role assignments?", is_sure)
        site.groups.delete(group, caller())
    click.echo(f"Deleted the group {name}.")


@command.command(
    "add-member",
    examples=["keyhouse group add-member Lab ada@example.org", "keyhouse group add-member Lab 'Trial team'"],
)
@click.argument("name")
@_member
def add_member(name: str, member: str) -> None:
    """Make a user or a group a member of the group NAME."""
    with open_site() as site:
        from keyhouse.accounts.groups import find, find_principal, name_of

        group, principal = find(name), find_principal(member)
        site.groups.add_member(group, principal, caller())
        click.echo(f"{name_of(principal)} is a member of {group.name}.")


@command.command("remove-member", examples=["keyhouse group remove-member Lab ada@example.org"])
@click.argument("name")
@_member
def remove_member(name: str, member: str) -> None:
    """Take a user or a group out of the group NAME."""
    with open_site() as site:
        from keyhouse.accounts.groups import find, find_principal, name_of

        group, principal = find(name), find_principal(member)
        site.groups.remove_member(group, principal, caller())
        click.echo(f"{name_of(principal)} is not a member of {group.name}.")
