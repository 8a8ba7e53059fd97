"""``keyhouse settings``: site settings in the database, boot settings from file and environment."""

from typing import Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Family, json_option
from keyhouse.cli.site import caller, explained, load_boot, open_site

_MASK = "(set, not shown)"


@click.group(
    "settings",
    cls=Family,
    examples=["keyhouse settings set allowApiKeys true", "keyhouse settings list", "keyhouse settings show"],
)
def command() -> None:
    """Read and change settings.

    Site settings live in the database and hold from the next request on. Boot settings come from keyhouse.toml in the
    data directory and from KEYHOUSE_ variables, and hold from the next start on.
    """


@command.command("list", examples=["keyhouse settings list", "keyhouse settings list --json"])
@json_option
def list_settings(as_json: bool) -> None:
    """List the site settings with their values and what they mean."""
    with open_site():
        from keyhouse.siteconfig import OPTIONS, store

        values = store.read()
        rows = [
            {"name": option.name, "value": _written(getattr(values, option.field)), "meaning": option.label}
            if not as_json
            else {"name": option.name, "value": getattr(values, option.field), "meaning": option.label}
            for option in OPTIONS
        ]
    listing.show(rows, as_json, "")


@command.command(
    "set",
    context_settings={"ignore_unknown_options": True},
    examples=[
        "keyhouse settings set allowApiKeys true",
        "keyhouse settings set apiKeyExpirationSeconds 7776000",
        "keyhouse settings set apiKeyExpirationSeconds -1",
    ],
)
@click.argument("name")
@click.argument("value")
def set_setting(name: str, value: str) -> None:
    """Set one site setting; the change is audited with its old value."""
    with open_site() as site:
        from keyhouse.siteconfig import store

        option = store.find(name)
        new = store.parse(name, value)
        outliving = site.api_keys.outliving(int(new)) if option.name == "apiKeyExpirationSeconds" else 0
        changed = store.change({option.name: new}, caller(), site.recorder)
    for wire_name, (before, after) in changed.items():
        click.echo(f"{wire_name} is now {_written(after)}; it was {_written(before)}.")
    if not changed:
        click.echo(f"{option.name} is {_written(new)} already.")
    if outliving:
        click.echo(f"{outliving} existing keys live longer than that; they keep their expiry.", err=True)


@command.command("show", examples=["keyhouse settings show", "KEYHOUSE_PORT=9000 keyhouse settings show --json"])
@json_option
def show(as_json: bool) -> None:
    """Print every boot and site setting with its value and where it came from; secrets are masked."""
    with explained():
        rows = _boot_rows()
    with open_site():
        rows += _site_rows()
    shown = rows if as_json else [{**row, "value": _written(row["value"])} for row in rows]
    listing.show(shown, as_json, "")


def _boot_rows() -> list[dict[str, Any]]:
    from keyhouse.settings import OPTIONS

    boot = load_boot()
    return [
        {
            "kind": "boot",
            "name": option.name,
            "value": _MASK if option.is_secret and getattr(boot, option.name) else getattr(boot, option.name),
            "from": boot.origins[option.name],
        }
        for option in OPTIONS
    ]


def _site_rows() -> list[dict[str, Any]]:
    from keyhouse.siteconfig import OPTIONS, store

    values, stored = store.read(), store.stored_names()
    return [
        {
            "kind": "site",
            "name": option.name,
            "value": getattr(values, option.field),
            "from": "database" if option.name in stored else "default",
        }
        for option in OPTIONS
    ]


def _written(value: Any) -> str:
    """Write a value as it is set: true and false, not yes and no."""
    if isinstance(value, bool):
        return str(value).lower()
    return listing.text_of(value)
