"""``keyhouse import``: bring along what another server has."""

from pathlib import Path

import click

from keyhouse.cli.command import Family
from keyhouse.cli.failure import Wrong
from keyhouse.cli.site import caller, open_site


@click.group("import", cls=Family, examples=["keyhouse import labkey-keys keys.csv"])
def command() -> None:
    """Bring along what another server has."""


@command.command(
    "labkey-keys",
    examples=["keyhouse import labkey-keys keys.csv", "keyhouse import labkey-keys keys.csv --data /srv/keyhouse"],
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def labkey_keys(file: Path) -> None:
    """Import the API keys of a LabKey Server, so that every script keeps working. Only digests travel.

    FILE is core.APIKeys joined with core.Users as CSV, with the columns Email, Crypt, Created, Expiration and
    Description. Keys of people who have no account here are left out and named; run it again when they have one.
    """
    with open_site() as site:
        from keyhouse.keys.labkey_import import import_labkey_keys

        try:
            report = import_labkey_keys(file, caller(), site.recorder, site.clock)
        except UnicodeDecodeError:
            raise Wrong(f"{file} is not UTF-8 text. Export it as CSV in UTF-8.") from None
    click.echo(f"Imported {report.imported} keys; {report.known_already} were here already.")
    if report.unknown_owners:
        click.echo("Left out, because these have no account here:", err=True)
        for owner in sorted(report.unknown_owners):
            click.echo(f"  {owner}", err=True)
