"""``keyhouse terms``: terms of use of the site and of projects."""

from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Family, json_option
from keyhouse.cli.failure import Wrong
from keyhouse.cli.site import caller, open_site

if TYPE_CHECKING:
    from keyhouse.declarations.models import Terms

_folder = click.option(
    "--folder", default="/", metavar="PATH", help="The project whose terms are meant (default: /, the whole site)."
)


@click.group("terms", cls=Family, examples=["keyhouse terms set terms.md", "keyhouse terms show --folder /Lab"])
def command() -> None:
    """Write and read terms of use, which everybody accepts before they see data."""


@command.command(
    "set",
    examples=[
        "keyhouse terms set terms.md",
        "keyhouse terms set trial.md --folder '/Trial 7'",
        "keyhouse terms set - --folder '/Trial 7' < /dev/null",
    ],
)
@click.argument("file", type=click.File("r", encoding="utf-8"))
@_folder
@click.option(
    "--after", type=int, metavar="VERSION", help="Write only if this is the latest version (0: none was written)."
)
def write(file: Any, folder: str, after: int | None) -> None:
    """Write the next version of the terms from the Markdown in FILE (- is standard input).

    From then on everybody accepts it anew, and API keys are suspended until their owners do. An empty text withdraws
    the terms.
    """
    text = _read(file)
    with open_site() as site:
        from keyhouse.authz.folders import find

        place = find(folder)
        latest = site.terms.latest(place)
        seen = (latest.version if latest else 0) if after is None else after
        terms = site.terms.write(place, text, seen, caller())
        what = "Nothing changed: these are" if latest and latest.version == terms.version else "Wrote"
        what = what if terms.text else "Withdrew the terms with"
        click.echo(f"{what} version {terms.version} of the terms of {place.path}.")


@command.command("show", examples=["keyhouse terms show", "keyhouse terms show --folder /Lab --version 2 > old.md"])
@_folder
@click.option("--version", type=int, metavar="VERSION", help="The version to print (default: the latest).")
def show(folder: str, version: int | None) -> None:
    """Print the text of the terms, as Markdown."""
    with open_site() as site:
        from keyhouse.authz.folders import find

        place = find(folder)
        versions = site.terms.history(place)
        found = next((each for each in versions if version in {None, each.version}), None)
        if found is None:
            raise Wrong(f"There is no {f'version {version} of ' if version else ''}terms of {place.path}.")
        click.echo(found.text)


@command.command("history", examples=["keyhouse terms history", "keyhouse terms history --folder /Lab --json"])
@_folder
@json_option
def history(folder: str, as_json: bool) -> None:
    """List all versions of the terms, the latest first."""
    with open_site() as site:
        from keyhouse.authz.folders import find

        rows = [_line(each) for each in site.terms.history(find(folder))]
    listing.show(rows, as_json, "No terms of use were written there.")


def _line(terms: "Terms") -> dict[str, Any]:
    return {
        "version": terms.version,
        "written": terms.created_at,
        "by": terms.created_by.email if terms.created_by else "",
        "characters": len(terms.text),
        "digest": terms.digest,
    }


def _read(file: Any) -> str:
    try:
        return str(file.read())
    except UnicodeDecodeError:
        raise Wrong("The file is not text in UTF-8.") from None
