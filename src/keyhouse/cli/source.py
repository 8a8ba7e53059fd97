"""``keyhouse source``: attached databases."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from keyhouse.cli import listing, source_marks
from keyhouse.cli.command import Family, json_option
from keyhouse.cli.failure import NotSo, Wrong
from keyhouse.cli.secret_input import first_line
from keyhouse.cli.site import caller, open_site

if TYPE_CHECKING:
    from keyhouse.sources.models import AttachedSource
    from keyhouse.web.site import Site

_folder_option = click.option("--folder", metavar="PATH", help="Only the source in this folder.")


@click.group(
    "source",
    cls=Family,
    examples=["keyhouse source add trial sqlite:////srv/data/trial.db --folder /home", "keyhouse source check"],
)
def command() -> None:
    """Attach databases to folders, as schemas that clients query."""


@command.command(
    "add",
    examples=[
        "keyhouse source add trial sqlite:////srv/data/trial.db --folder /home",
        "keyhouse source add lims --url-stdin --folder /Lab < lims-url.txt",
        "keyhouse source add notes postgresql://keyhouse@db/notes --folder /Lab --schema public --writable",
    ],
)
@click.argument("name")
@click.argument("url", required=False)
@click.option("--folder", required=True, metavar="PATH", help="Folder that shows the database.")
@click.option("--writable", "is_writable", is_flag=True, help="Allow changes; else the database is opened read-only.")
@click.option("--schema", default="", help="Schema inside PostgreSQL (default: the first of its search path).")
@click.option("--url-stdin", "from_stdin", is_flag=True, help="Read the URL from standard input: it holds a password.")
def add(name: str, url: str | None, folder: str, is_writable: bool, schema: str, from_stdin: bool) -> None:
    """Attach the database at URL to a folder under the schema name NAME.

    URLs are sqlite:///file.db (counted from the data directory), sqlite:////absolute/file.db or
    postgresql://user:password@host:5432/database. They are kept encrypted.
    """
    if (url is None) != from_stdin:
        raise Wrong("Give the URL either as the second argument or, with --url-stdin, on standard input.")
    address = first_line("URL") if url is None else url
    with open_site() as site:
        from keyhouse.authz.folders import find

        source = site.sources.add(name, address, find(folder), caller(), is_writable, schema)
        click.echo(f"Attached {source.name} to {source.folder.path}.")
        row = _checked(site, source)
    if row["state"] != "ok":
        click.echo(f"It cannot be read at present: {row['state']}", err=True)
    if url is not None and _has_password(url):
        click.echo(
            "The password in the URL could be seen in the list of processes; use --url-stdin next time.", err=True
        )


@command.command("list", examples=["keyhouse source list", "keyhouse source list --json"])
@json_option
def list_sources(as_json: bool) -> None:
    """List the attached databases, without their passwords."""
    with open_site() as site:
        from keyhouse.sources.models import AttachedSource

        sources = AttachedSource.objects.select_related("folder").order_by("folder__path", "name")
        rows = [
            {
                "name": source.name,
                "folder": source.folder.path,
                "url": _safe_url(site, source),
                "schema": source.schema,
                "writable": source.is_writable,
                "created": source.created_at,
            }
            for source in sources
        ]
    listing.show(rows, as_json, "No database is attached. Attach one with: keyhouse source add NAME URL --folder PATH")


@command.command("check", examples=["keyhouse source check", "keyhouse source check trial --folder /home"])
@click.argument("name", required=False)
@_folder_option
@json_option
def check(name: str | None, folder: str | None, as_json: bool) -> None:
    """Reach each database, or the one of this NAME, and count its tables; exit with 1 where one cannot be read."""
    with open_site() as site:
        from keyhouse.sources.models import AttachedSource

        chosen = (
            [_found(name, folder)]
            if name
            else AttachedSource.objects.select_related("folder").order_by("folder__path", "name")
        )
        rows = [_checked(site, source) for source in chosen]
    listing.show(rows, as_json, "No database is attached.")
    down = [row["name"] for row in rows if row["state"] != "ok"]
    if down:
        raise NotSo(f"Cannot be read: {', '.join(down)}.")


@command.command("remove", examples=["keyhouse source remove trial", "keyhouse source remove trial --folder /home"])
@click.argument("name")
@_folder_option
def remove(name: str, folder: str | None) -> None:
    """Detach a database; its data stays where it is."""
    with open_site() as site:
        source = _found(name, folder)
        site.sources.remove(source, caller())
    click.echo(f"Removed {name} from {source.folder.path}. The database itself was not touched.")


@command.command(
    "marks",
    examples=[
        "keyhouse source marks /home trial --file marks.toml",
        "keyhouse source marks /home trial --export csv > marks.csv",
    ],
)
@click.argument("folder")
@click.argument("name")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Marks: .toml, .json or .csv."
)
@click.option("--export", type=click.Choice(["toml", "json", "csv"]), help="Write the marks in this format.")
def marks(folder: str, name: str, file: Path | None, export: str | None) -> None:
    """Say how identifying the columns of the source NAME in FOLDER are, and which one names the participant.

    Tables that the file does not name keep their marks.
    """
    source_marks.marks(folder, name, file, export)


def _found(name: str, folder: str | None) -> "AttachedSource":
    from keyhouse.authz import folders
    from keyhouse.sources.attach import find

    return find(name, folders.find(folder) if folder is not None else None)


def _checked(site: "Site", source: "AttachedSource") -> dict[str, Any]:
    from keyhouse.data import SourceError
    from keyhouse.settings.seal import Unsealable

    tables, state = None, "ok"
    try:
        site.sources.spec_of(source)
        tables = site.registry.get(source.folder.path, source.name).check()
    except (SourceError, Unsealable) as error:
        state = str(error)
    return {"name": source.name, "folder": source.folder.path, "tables": tables, "state": state}


def _safe_url(site: "Site", source: "AttachedSource") -> str:
    from keyhouse.settings.seal import Unsealable

    try:
        return site.sources.spec_of(source).safe_url
    except Unsealable:
        return "(sealed with another secret.key)"


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password) or "password=" in url
    except ValueError:
        return False
