"""The family ``keyhouse netrc``; each command's module is imported when it is asked for."""

import gc

import click

from keyhouse.cli.command import Program

MODULES = {
    "explain": "netrc.explain",
    "check": "netrc.check",
    "doctor": "netrc.doctor",
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
@click.pass_context
def command(context: click.Context) -> None:
    """Look into your netrc file as curl, R, Python, Java and sixty others do, and change it so that all agree.

    Clients read one netrc file differently: that is why a key works here and not there. Secrets are shown as a length
    and a fingerprint, never as they are, unless you ask for one by name.
    """
    if gc.isenabled():  # a long file is millions of small objects that all stay: looking for waste costs a third more
        gc.disable()
        context.call_on_close(gc.enable)
