"""``keyhouse folder``: the tree of folders."""

import click

from keyhouse.cli import demand, listing
from keyhouse.cli.command import Family, json_option
from keyhouse.cli.site import caller, open_site


@click.group("folder", cls=Family, examples=["keyhouse folder add '/Lab/Trial 7'", "keyhouse folder list"])
def command() -> None:
    """Add and list folders, and say what must be declared in them. /home and /Shared are always there."""


command.add_command(demand.command)


@command.command(
    "add", examples=["keyhouse folder add /Lab", "keyhouse folder add '/Lab/Trial 7' --title 'Seventh trial' --private"]
)
@click.argument("path")
@click.option("--title", default="", help="Title on the folder's page (default: its name).")
@click.option("--description", default="", metavar="TEXT", help="What is in the folder.")
@click.option("--private", "is_private", is_flag=True, help="Take over no roles from the folder above.")
def add(path: str, title: str, description: str, is_private: bool) -> None:
    """Add one folder; the folder above it must be there."""
    with open_site() as site:
        folder = site.folders.add(path, caller(), title, description)
        if is_private:
            site.folders.set_inheritance(folder, False, caller())
    click.echo(f"Added {folder.path}.")


@command.command("list", examples=["keyhouse folder list", "keyhouse folder list --json"])
@json_option
def list_folders(as_json: bool) -> None:
    """List all folders."""
    with open_site():
        from keyhouse.authz.models import Folder

        rows = [
            {
                "id": folder.id,
                "path": folder.path,
                "title": folder.title,
                "inherits_roles": folder.inherits,
                "entity_id": str(folder.entity_id),
            }
            for folder in Folder.objects.order_by("lower_path")
        ]
    listing.show(rows, as_json, "There are no folders.")
