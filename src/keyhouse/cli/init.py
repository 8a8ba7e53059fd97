"""``keyhouse init``: make a data directory, or bring one up to date."""

import click

from keyhouse.cli.command import Command, data_directory
from keyhouse.cli.site import close_connections, explained, load_boot, private_files


@click.command(
    "init",
    cls=Command,
    examples=[
        "keyhouse init",
        "keyhouse init --data /srv/keyhouse",
        "KEYHOUSE_DATABASE_URL=postgresql://keyhouse@db/keyhouse keyhouse init --data /srv/keyhouse",
    ],
)
def command() -> None:
    """Make a data directory, or bring the database of an older one up to date.

    The directory holds the settings (keyhouse.toml), the site's secret (secret.key), the database and the logs, and
    only its owner may enter it. Run again, nothing is lost.
    """
    private_files()
    with explained():
        from keyhouse.settings.prepare import bring_up_to_date, make_data_directory
        from keyhouse.settings.secret import FILE_NAME

        data = data_directory()
        is_new = not (data / FILE_NAME).exists()
        make_data_directory(data)
        bring_up_to_date(load_boot())
        close_connections()
    if not is_new:
        click.echo(f"{data} was made before; its database is up to date.")
        return
    click.echo(f"Made {data}. What comes next:")
    for line in ("user add EMAIL --site-admin", "settings set allowApiKeys true", "serve"):
        click.echo(f"  keyhouse {line} --data {data}")
