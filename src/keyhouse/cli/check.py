"""``keyhouse check``: what is insecure or broken in a site, with an id and a remedy for each."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from keyhouse.cli import listing
from keyhouse.cli.checks.rules import Finding, Severity, found
from keyhouse.cli.command import Command, data_directory, json_option
from keyhouse.cli.failure import NotSo
from keyhouse.cli.site import close_connections, explained, load_boot, private_files

if TYPE_CHECKING:
    from keyhouse.settings import BootSettings


@click.command(
    "check",
    cls=Command,
    examples=["keyhouse check", "keyhouse check --json", "keyhouse check --data /srv/keyhouse || mail -s broken root"],
)
@json_option
def command(as_json: bool) -> None:
    """Look for insecure or broken settings, and say what to do about each.

    Every finding has an id that never changes its meaning, so that a program can look for it. Exit with 1 where one of
    them is an error.
    """
    private_files()
    with explained():
        findings = list(_findings())
    if as_json:
        rows = [
            {
                "id": one.rule.id,
                "severity": one.rule.severity.value,
                "about": one.rule.about,
                "what": one.what,
                "remedy": one.remedy,
            }
            for one in findings
        ]
        listing.show(rows, True, "")
    else:
        _print(findings)
    errors = sum(one.rule.severity is Severity.ERROR for one in findings)
    if errors:
        raise NotSo(f"{errors} error{'' if errors == 1 else 's'} to mend.")


def _findings() -> Iterator[Finding]:
    from keyhouse import system
    from keyhouse.cli.checks.files import check_files
    from keyhouse.cli.checks.network import check_network
    from keyhouse.settings import SettingsError

    try:
        boot = load_boot()
    except SettingsError as error:
        yield found("KH001", str(error), "Correct keyhouse.toml or the KEYHOUSE_ variable.")
        return
    yield from check_files(boot)
    yield from check_network(boot, system.now())
    try:
        yield from _findings_inside(boot)
    except SettingsError as error:
        yield found("KH002", str(error), f"keyhouse init --data {data_directory()}")


def _findings_inside(boot: "BootSettings") -> Iterator[Finding]:
    from django.db import DatabaseError

    from keyhouse.settings.prepare import is_up_to_date

    try:
        if not is_up_to_date(boot):
            yield found("KH007", "Tables or columns are missing.", f"keyhouse init --data {boot.data}")
            return
        yield from _findings_of_services(boot)
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        yield found("KH006", f"The database says: {reason}", "Look at its owner, its permissions and its server.")
    finally:
        close_connections()


def _findings_of_services(boot: "BootSettings") -> Iterator[Finding]:
    from keyhouse.cli.checks.databases import check_sources
    from keyhouse.cli.checks.rights import check_rights
    from keyhouse.server import site_of

    site = site_of(boot, has_pages=False)
    try:
        yield from check_rights(site)
        yield from check_sources(site)
    finally:
        site.registry.close()


def _print(findings: list[Finding]) -> None:
    for one in findings:
        click.echo(f"{one.rule.severity.value:<8} {one.rule.id}  {one.rule.about}. {listing.printable(one.what)}")
        click.echo(f"{'':<15}  Do: {listing.printable(one.remedy)}")
    if not findings:
        click.echo("Nothing insecure or broken was found.")
