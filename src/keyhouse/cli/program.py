"""The program: its name, its commands, and nothing that takes time to import."""

import click

from keyhouse import __version__
from keyhouse.cli.command import Program

MODULES = {
    "init": "init",
    "serve": "serve",
    "demo": "demo.command",
    "user": "user",
    "group": "group",
    "folder": "folder",
    "role": "role",
    "terms": "terms",
    "sign-in": "sign_in",
    "source": "source",
    "key": "key",
    "session": "session",
    "second-factor": "second_factor",
    "settings": "settings",
    "audit": "audit",
    "check": "check",
    "login": "login",
    "logout": "logout",
    "rotate": "rotate",
    "whoami": "whoami",
    "netrc": "netrc.command",
    "scan": "scan",
    "import": "import_keys",
}


@click.group(
    cls=Program,
    modules=MODULES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples=[
        "keyhouse init",
        "keyhouse user add admin@example.org --site-admin",
        "keyhouse settings set allowApiKeys true",
        "keyhouse serve --port 8080",
    ],
)
@click.version_option(__version__, prog_name="keyhouse")
def program() -> None:
    """Keyhouse, the front door of a scientific data server.

    A site lives in one data directory. Commands work on it directly, also while the server runs: what they change
    holds on the next request.
    """
