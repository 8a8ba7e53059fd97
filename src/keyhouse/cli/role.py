"""``keyhouse role``: who may do what in which folder."""

from typing import TYPE_CHECKING

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Family, json_option
from keyhouse.cli.failure import Wrong
from keyhouse.cli.site import caller, open_site

if TYPE_CHECKING:
    from keyhouse.authz.models import Folder
    from keyhouse.core.permissions import Role

_role = click.argument("role_name", metavar="ROLE")
_principal = click.argument("principal", metavar="EMAIL|GROUP")
_folder = click.option("--folder", metavar="PATH", help="The folder (not needed for roles of the whole site).")


@click.group(
    "role",
    cls=Family,
    examples=["keyhouse role assign reader 'Trial team' --folder /Lab", "keyhouse role list --folder /Lab"],
)
def command() -> None:
    """Assign roles to users and groups.

    Site Administrator, Application Administrator, Troubleshooter, Account Provisioner and Require Secondary
    Authentication are roles of the whole site. Project Administrator, Folder Administrator, Editor, Author, Reader and
    Submitter hold in a folder and below it.
    """


@command.command(
    "assign",
    examples=[
        "keyhouse role assign reader 'All Site Users' --folder /Lab",
        "keyhouse role assign 'Folder Administrator' ada@example.org --folder /Lab",
        "keyhouse role assign troubleshooter ada@example.org",
    ],
)
@_role
@_principal
@_folder
def assign(role_name: str, principal: str, folder: str | None) -> None:
    """Assign ROLE to a user or group; nothing happens where it is assigned already."""
    with open_site() as site:
        from keyhouse.accounts.groups import find_principal, name_of
        from keyhouse.authz.assignments import find_role

        role, holder = find_role(role_name), find_principal(principal)
        place = _place(role, folder)
        site.assignments.assign(role, holder, name_of(holder), place, caller())
        click.echo(f"{name_of(holder)} is {role.value} in {place.path}.")


@command.command("remove", examples=["keyhouse role remove reader 'All Site Users' --folder /Lab"])
@_role
@_principal
@_folder
def remove(role_name: str, principal: str, folder: str | None) -> None:
    """Take ROLE from a user or group, in the very folder where it was assigned."""
    with open_site() as site:
        from keyhouse.accounts.groups import find_principal, name_of
        from keyhouse.authz.assignments import find_role

        role, holder = find_role(role_name), find_principal(principal)
        place = _place(role, folder)
        site.assignments.remove(role, holder, name_of(holder), place, caller())
        click.echo(f"{name_of(holder)} is not {role.value} in {place.path}.")


@command.command("list", examples=["keyhouse role list", "keyhouse role list --folder /Lab --json"])
@_folder
@json_option
def list_roles(folder: str | None, as_json: bool) -> None:
    """List the assignments of all folders, or of the one that is named."""
    with open_site():
        from keyhouse.accounts.models import Group, User
        from keyhouse.authz.folders import find
        from keyhouse.authz.models import RoleAssignment

        names = {**dict(User.objects.values_list("id", "email")), **dict(Group.objects.values_list("id", "name"))}
        assignments = RoleAssignment.objects.select_related("folder").order_by("folder__lower_path", "role")
        if folder is not None:
            assignments = assignments.filter(folder=find(folder))
        rows = [
            {"folder": found.folder.path, "role": found.role, "principal": names.get(found.principal_id, "")}
            for found in assignments
        ]
    listing.show(rows, as_json, "No roles are assigned.")


def _place(role: "Role", path: str | None) -> "Folder":
    from keyhouse.authz import folders

    if path is not None:
        return folders.find(path)
    if role.is_site_role:
        return folders.root()
    raise Wrong(f"{role.value} is assigned in a folder: name it with --folder PATH.")
