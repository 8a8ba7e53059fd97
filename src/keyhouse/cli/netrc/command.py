"""The family ``keyhouse netrc``; each command's module is imported when it is asked for."""

import click

from keyhouse.cli.command import Program

MODULES = {
    "explain": "netrc.explain",
    "check": "netrc.check",
    "list": "netrc.list_entries",
    "get": "netrc.get",
    "set": "netrc.set_entry",
    "remove": "netrc.remove",
    "rename": "netrc.rename",
    "import": "netrc.import_file",
    "agreement": "netrc.agreement",
    "measure": "netrc_measure",
}


@click.group(
    "netrc",
    cls=Program,
    modules=MODULES,
    examples=[
        "keyhouse netrc explain https://labkey.example.org",
        "keyhouse netrc check --fix",
        "keyhouse netrc set labkey.example.org --login apikey",
    ],
)
def command() -> None:
    """Look into your netrc file as curl, R, Python, Java and sixty others do, and change it so that all agree.

    Clients read one netrc file differently: that is why a key works here and not there. Secrets are shown as a length
    and a fingerprint, never as they are, unless you ask for one by name.
    """
