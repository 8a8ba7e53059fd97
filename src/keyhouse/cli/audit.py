"""``keyhouse audit``: take the log along, and verify its chain."""

import json
import re
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from keyhouse.cli import audit_archive, audit_reports, listing
from keyhouse.cli.audit_output import Moment, target
from keyhouse.cli.command import Family, json_option
from keyhouse.cli.failure import NotSo
from keyhouse.cli.site import caller, open_site
from keyhouse.core.assurance import Assurance

if TYPE_CHECKING:
    _AnchorType = click.ParamType[tuple[int, str]]
else:
    _AnchorType = click.ParamType

_LEVELS = tuple(each.wire_name for each in Assurance)
_ANCHOR = re.compile(r"(\d{1,18}):([0-9a-f]{64})\Z")
_PROGRESS_EVERY = 10_000


class Anchor(_AnchorType):
    """The number and digest of an event that somebody noted earlier."""

    name = "anchor"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:
        """Read ``SEQ:DIGEST``, or fail with what it looks like."""
        if isinstance(value, tuple):
            return value
        found = _ANCHOR.match(value.strip().lower())
        if not found:
            self.fail("write it as 'keyhouse audit verify' prints it: the number, a colon, 64 hex digits.", param, ctx)
        return int(found.group(1)), found.group(2)


@click.group(
    "audit",
    cls=Family,
    examples=[
        "keyhouse audit verify",
        "keyhouse audit who-saw P-1042",
        "keyhouse audit export --since 2026-07-01 --output july.jsonl",
    ],
)
def command() -> None:
    """Export and verify the audit log, and answer a compliance officer's questions from it."""


@command.command(
    "export",
    examples=[
        "keyhouse audit export > audit.jsonl",
        "keyhouse audit export --kind 'key issued' --kind 'key revoked' --since 2026-07-01",
        "keyhouse audit export --until 2026-12-31T23:59:59Z --output audit.jsonl",
    ],
)
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind, such as 'key issued'; repeatable."
)
@click.option("--since", type=Moment(), metavar="MOMENT", help="Only events at or after this moment (UTC).")
@click.option("--until", type=Moment(), metavar="MOMENT", help="Only events before this moment (UTC).")
@click.option("--level", type=click.Choice(_LEVELS, case_sensitive=False), help="Only after a sign-in of this level.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write here.")
def export(
    kinds: tuple[str, ...], since: datetime | None, until: datetime | None, level: str | None, output: Path | None
) -> None:
    """Write events as JSON lines, oldest first; progress goes to standard error. The export itself is audited."""
    with open_site() as site:
        from keyhouse.audit import Event, Kind

        _check_kinds(kinds, [kind.value for kind in Kind])
        site.recorder.record(Event(Kind.AUDIT_READ, caller(), "The audit log was exported by command."))
        with target(output) as stream, closing(_events(kinds, since, until, level)) as events:
            count = _write(events, stream)
    click.echo(f"{count} events{f' in {output}' if output else ''}.", err=True)


@command.command("reindex", examples=["keyhouse audit reindex"])
def reindex() -> None:
    """Make the index of participants anew from the log; 'keyhouse audit verify' tells when that is needed."""
    with open_site() as site:
        from keyhouse.audit import Event, Kind
        from keyhouse.audit.participants import rebuild

        comment = "The index of participants is made anew by command."
        site.recorder.record(Event(Kind.AUDIT_MAINTAINED, caller(), comment))
        count = rebuild()
    click.echo(f"{count} entries.", err=True)


@command.command(
    "verify",
    examples=[
        "keyhouse audit verify",
        "keyhouse audit verify --anchor 1042:3f2a9c5e0b7d41f8a6e2c93b5d70184fe1a2b6c8d94f3507be6218ad93c5f047",
    ],
)
@click.option("--anchor", type=Anchor(), metavar="SEQ:DIGEST", help="What an earlier verify printed; must still hold.")
@click.option(
    "--archive",
    "archives",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Begin with the events of this archive; repeatable.",
)
@json_option
def verify(anchor: tuple[int, str] | None, archives: tuple[Path, ...], as_json: bool) -> None:
    """Verify every link of the chain; exit with 1 and name the first one that does not hold.

    Note the anchor that it prints in another place: with it, a later run proves that nothing was cut off or rewritten.
    """
    with open_site():
        from keyhouse.audit.archive import BadArchive
        from keyhouse.audit.verify import Intact
        from keyhouse.audit.verify import verify as walk

        try:
            found = walk(anchor, archives)
        except BadArchive as error:
            raise NotSo(str(error)) from None
    if isinstance(found, Intact):
        if as_json:
            listing.show_one({"intact": True, "events": found.events, "digest": found.digest})
        else:
            click.echo(f"All {found.events} events are whole and in order.\nanchor {found.events}:{found.digest}")
        return
    if as_json:
        listing.show_one({"intact": False, "event": found.sequence, "fault": found.fault})
    raise NotSo(f"The audit log is broken at event {found.sequence}: {found.fault}.")


def _check_kinds(kinds: tuple[str, ...], known: list[str]) -> None:
    for kind in kinds:
        if kind not in known:
            raise click.BadParameter(f"there is no kind '{kind}'. Kinds: {', '.join(known)}.", param_hint="--kind")


def _events(
    kinds: tuple[str, ...], since: datetime | None, until: datetime | None, level: str | None
) -> Generator[Mapping[str, Any], None, None]:
    from keyhouse.audit.levels import of_level
    from keyhouse.audit.models import AuditEvent

    events = AuditEvent.objects.order_by("sequence")
    if level is not None:
        events = events.filter(of_level(Assurance.named(level) or Assurance.UNKNOWN))
    if kinds:
        events = events.filter(kind__in=kinds)
    if since is not None:
        events = events.filter(at__gte=since)
    if until is not None:
        events = events.filter(at__lt=until)
    yield from events.values().iterator(chunk_size=2000)


def _write(events: Iterable[Mapping[str, Any]], stream: TextIO) -> int:
    count, is_watched = 0, sys.stderr.isatty()
    for event in events:
        at = event["at"].astimezone(UTC).isoformat(timespec="microseconds")
        stream.write(json.dumps({**event, "at": at}, separators=(",", ":")) + "\n")
        count += 1
        if is_watched and count % _PROGRESS_EVERY == 0:
            click.echo(f"{count} events …", err=True)
    return count


audit_archive.add_to(command)
audit_reports.add_to(command)
