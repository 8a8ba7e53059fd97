"""``keyhouse audit who-saw|seen-by|declared|within``: a compliance officer's questions, answered from the log."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from keyhouse.cli import listing
from keyhouse.cli.audit_output import Moment, target
from keyhouse.cli.command import Family
from keyhouse.cli.failure import NotSo
from keyhouse.cli.site import caller, open_site

if TYPE_CHECKING:
    from keyhouse.compliance.narrowing import Line, Narrowed
    from keyhouse.web.site import Site

_SHOWN = 100
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _narrowing(has_person: bool = True) -> Callable[[Decorated], Decorated]:
    options = [
        click.option("--since", type=Moment(), metavar="MOMENT", help="Only from this moment on (UTC)."),
        click.option("--until", type=Moment(), metavar="MOMENT", help="Only before this moment (UTC)."),
        click.option("--folder", default="", metavar="PATH", help="Only in this folder and those below."),
        *(
            [click.option("--person", default="", metavar="EMAIL", help="Only of this person; or the id of one.")]
            if has_person
            else []
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(["table", "csv", "jsonl"]),
            default="table",
            help=f"A table shows {_SHOWN} lines at most; the others have all.",
        ),
        click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write here."),
    ]

    def decorate(decorated: Decorated) -> Decorated:
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


@click.argument("participant")
@click.option("--certain", is_flag=True, help="Leave out accesses that cannot tell whose data they read.")
@_narrowing()
def who_saw(participant: str, certain: bool, form: str, output: Path | None, **narrowing: Any) -> None:
    """List each access that served rows of a participant, the latest first. That it was asked is audited."""
    with open_site() as site:
        from keyhouse.compliance import titles
        from keyhouse.compliance.who_saw import all_who_saw
        from keyhouse.siteconfig import store

        written = site.participants.written([participant], store.read().participants_in_log)[0]
        _record(site, "who saw", participant=written)
        lines = all_who_saw(site.participants.searched(participant), _narrowed(**narrowing), not certain)
        _write(lines, titles.WHO_SAW, form, output, "Nobody was served rows of this participant.")


@click.argument("person")
@_narrowing(has_person=False)
def seen_by(person: str, form: str, output: Path | None, **narrowing: Any) -> None:
    """List the participants whose rows a person was served, also while acting as somebody else."""
    with open_site() as site:
        from keyhouse.compliance import titles
        from keyhouse.compliance.seen_by import all_seen_by, possibly_seen_by

        narrowed = _narrowed(**narrowing, person=person)
        _record(site, "seen by", person=person)
        _write(all_seen_by(narrowed), titles.SEEN_BY, form, output, "No rows of participants were served to them.")
        for each in possibly_seen_by(narrowed):
            click.echo(f"Possibly also others: {each['table']}, {each['accesses']} accesses.", err=True)


@_narrowing()
def declared(form: str, output: Path | None, **narrowing: Any) -> None:
    """List what people declared, the latest first."""
    with open_site() as site:
        from keyhouse.compliance import titles
        from keyhouse.compliance.declared import all_declared

        _record(site, "declared")
        _write(all_declared(_narrowed(**narrowing)), titles.DECLARED, form, output, "Nothing was declared.")


@_narrowing()
def within(form: str, output: Path | None, **narrowing: Any) -> None:
    """Compare each access with the declaration in force then; exit with 1 if one was not within it."""
    with open_site() as site:
        from keyhouse.compliance import titles
        from keyhouse.compliance.within import within as check

        _record(site, "within")
        found = check(_narrowed(**narrowing))
        _write(found.deviations, titles.WITHIN, form, output, "")
    checked = (
        f"{found.accesses} accesses checked, {found.with_declaration} under a declaration, "
        f"{found.undemanded} where nothing had been declared"
    )
    click.echo(f"{checked}{f', {found.archived} under an archived one' if found.archived else ''}.", err=True)
    if found.deviations:
        raise NotSo(f"{len(found.deviations)} accesses were not within the declaration.")


def add_to(group: Family) -> None:
    """Add the reports to the commands on the audit log."""
    group.command(
        "who-saw",
        examples=["keyhouse audit who-saw P-1042", "keyhouse audit who-saw P-1042 --format csv --output who.csv"],
    )(who_saw)
    group.command("seen-by", examples=["keyhouse audit seen-by ann@example.org --since 2026-07-01"])(seen_by)
    group.command("declared", examples=["keyhouse audit declared --person ann@example.org --format jsonl"])(declared)
    group.command("within", examples=["keyhouse audit within --since 2026-07-01 --folder /study"])(within)


def _narrowed(
    since: datetime | None = None, until: datetime | None = None, person: str = "", folder: str = ""
) -> "Narrowed":
    from keyhouse.compliance.narrowing import Narrowed

    return Narrowed(since, until, person, folder)


def _record(site: "Site", report: str, **details: str) -> None:
    from keyhouse.audit import Event, Kind

    comment = f"Compliance report by command: {report}."
    site.recorder.record(Event(Kind.AUDIT_READ, caller(), comment, details={"report": details}))


def _write(lines: "Iterable[Line]", names: tuple[str, ...], form: str, output: Path | None, empty: str) -> None:
    with target(output) as stream:
        if form == "table":
            _write_table(iter(lines), names, stream, empty)
        elif form == "csv":
            _write_csv(lines, names, stream)
        else:
            from keyhouse.compliance.titles import plain

            stream.writelines(json.dumps(plain(line, names), ensure_ascii=False) + "\n" for line in lines)


def _write_table(lines: "Iterator[Line]", names: tuple[str, ...], stream: TextIO, empty: str) -> None:
    from keyhouse.compliance.titles import TITLES

    shown: list[Mapping[str, Any]] = list(islice(lines, _SHOWN + 1))
    if not shown:
        click.echo(empty, err=True, nl=bool(empty))
        return
    kept = [name for name in names if any(listing.text_of(line[name]) for line in shown[:_SHOWN])]
    rows = [{TITLES[name]: line[name] for name in kept} for line in shown[:_SHOWN]]
    stream.write("\n".join(listing.table(rows)) + "\n")
    if len(shown) > _SHOWN:
        click.echo(f"There are more than {_SHOWN}: write all with --format csv or jsonl.", err=True)


def _write_csv(lines: "Iterable[Line]", names: tuple[str, ...], stream: TextIO) -> None:
    from keyhouse.compliance.titles import TITLES, text_of

    writer = csv.writer(stream)
    writer.writerow([TITLES[name] for name in names])
    for line in lines:
        writer.writerow([_guarded(text_of(line[name])) for name in names])


def _guarded(text: str) -> str:
    # What others declared could begin a formula, which a spreadsheet program would run.
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
