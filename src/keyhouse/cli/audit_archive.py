"""``keyhouse audit archive``: write old events into a file, and take them out of the log once it is whole."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from keyhouse.cli.audit_output import Moment, target
from keyhouse.cli.command import Family, yes_option
from keyhouse.cli.failure import NotSo, Unusable, Wrong
from keyhouse.cli.site import caller, open_site


@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the events here; the file must not be there yet.",
)
@click.option("--before", type=Moment(), metavar="MOMENT", help="Only events before this moment (UTC).")
@click.option("--remove", is_flag=True, help="Take them out of the log after the file was read back and found whole.")
@yes_option
def archive(out: Path, before: datetime | None, remove: bool, is_sure: bool) -> None:
    """Write events older than the retention (site setting auditRetentionDays) into a file of JSON lines.

    The file is read back and each link of its chain checked. Nothing younger than the retention is taken. What was
    removed leaves a checkpoint: 'keyhouse audit verify' proves the rest, and with --archive FILE all of it.
    """
    if out.exists():
        raise Unusable(f"{out} is there already. Name a new file: no archive is written over.")
    with open_site() as site:
        from keyhouse.audit import Event, Kind, archive
        from keyhouse.audit.verify import Broken, verify
        from keyhouse.siteconfig import store

        retention = timedelta(days=store.read().audit_retention_days)
        oldest_kept = site.clock() - retention
        if before is not None and before > oldest_kept:
            raise Wrong(
                f"Events are kept for {retention.days} days (auditRetentionDays): nothing from "
                f"{oldest_kept:%Y-%m-%d %H:%M} (UTC) on can be taken out."
            )
        span = archive.span_before(before or oldest_kept)
        if span is None:
            click.echo("There are no events that old.", err=True)
            return
        if isinstance(found := verify(), Broken):
            raise NotSo(f"The audit log is broken at event {found.sequence}: {found.fault}. Nothing was written.")
        comment = f"Events {span.first} to {span.last} are written into an archive."
        site.recorder.record(Event(Kind.AUDIT_MAINTAINED, caller(), comment, details={"file": out.name}))
        with target(out) as stream:
            archive.write(span, stream)
        count = sum(1 for _row in archive.read(out))
        click.echo(f"{count} events in {out}, read back and whole.\nanchor {span.last}:{span.digest}")
        if remove:
            if not is_sure:
                click.confirm(f"Remove these {count} events from the log?", abort=True)
            archive.remove(span, out, oldest_kept, site.recorder, caller())
            click.echo(f"Removed. Keep {out}: with it, 'keyhouse audit verify --archive {out}' proves the whole log.")


def add_to(group: Family) -> None:
    """Add the command to those on the audit log."""
    group.command(
        "archive",
        examples=[
            "keyhouse audit archive --out audit-to-2026.jsonl",
            "keyhouse audit archive --out audit-to-2020.jsonl --before 2020-01-01 --remove --yes",
        ],
    )(archive)
