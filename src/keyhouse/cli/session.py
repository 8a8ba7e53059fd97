"""``keyhouse session``: browser sessions of everybody, for the operator."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Family, json_option, yes_option
from keyhouse.cli.failure import Wrong
from keyhouse.cli.secret_input import confirm
from keyhouse.cli.site import caller, open_site

if TYPE_CHECKING:
    from django.db.models import Q

    from keyhouse.sessions.models import BrowserSession
    from keyhouse.siteconfig import SiteSettings


@click.group(
    "session",
    cls=Family,
    examples=["keyhouse session list", "keyhouse session end 9f2c61d07ab34e58"],
)
def command() -> None:
    """List and end browser sessions; the session keys of a session end with it."""


@command.command(
    "list",
    examples=["keyhouse session list", "keyhouse session list --user ada@example.org", "keyhouse session list --json"],
)
@click.option("--user", "email", metavar="EMAIL", help="Only the sessions of this user.")
@json_option
def list_sessions(email: str | None, as_json: bool) -> None:
    """List who is signed in, where, and how many seconds yet."""
    with open_site() as site:
        from django.db.models import Count, Q

        from keyhouse.accounts.users import find
        from keyhouse.sessions.listing import living
        from keyhouse.sessions.models import BrowserSession
        from keyhouse.siteconfig import store

        now, settings = site.clock(), store.read()
        which = living(now, settings) & (Q(user=find(email)) if email is not None else Q())
        found = BrowserSession.objects.filter(which).select_related("user").annotate(key_count=Count("keys"))
        rows = [_row(each, each.key_count, now, settings) for each in found.order_by("-last_seen_at", "-id")]
    listing.show(rows, as_json, "Nobody is signed in.")


@command.command(
    "end",
    examples=[
        "keyhouse session end 9f2c61d07ab34e58",
        "keyhouse session end --user ada@example.org",
        "keyhouse session end --all --yes",
    ],
)
@click.argument("session_ids", metavar="[SESSION_ID]...", nargs=-1)
@click.option("--user", "email", metavar="EMAIL", help="All sessions of this user, and what a password opened.")
@click.option("--all", "is_all", is_flag=True, help="All sessions of the site.")
@yes_option
def end(session_ids: tuple[str, ...], email: str | None, is_all: bool, is_sure: bool) -> None:
    """End browser sessions with their session keys, from the next request on. API keys are not touched."""
    if sum((bool(session_ids), email is not None, is_all)) != 1:
        raise Wrong("Say which sessions: their ids, or --user EMAIL, or --all.")
    with open_site() as site:
        from django.db.models import Q

        from keyhouse.accounts.users import find
        from keyhouse.sessions.ending import Why

        if email is not None:
            ended = site.sessions.end_all_of(find(email), caller(), Why.ADMINISTRATOR)
        else:
            if is_all:
                confirm("End every browser session of this site?", is_sure)
            which = Q() if is_all else _named(session_ids)
            ended = site.sessions.end(which & Q(user__isnull=False), caller(), Why.ADMINISTRATOR)
    keys = f"{ended.keys or 'no'} session key{'' if ended.keys == 1 else 's'}"
    click.echo(
        f"Ended {ended.sessions} session{'' if ended.sessions == 1 else 's'}, and with {_them(ended.sessions)} {keys}."
    )


def _them(sessions: int) -> str:
    return "it" if sessions == 1 else "them"


def _named(session_ids: tuple[str, ...]) -> "Q":
    from django.db.models import Q

    from keyhouse.sessions.models import BrowserSession

    known = set(BrowserSession.objects.filter(public_id__in=session_ids).values_list("public_id", flat=True))
    for each in session_ids:
        if each not in known:
            raise Wrong(f"There is no session '{each[:20]}', so none was ended. List them with: keyhouse session list")
    return Q(public_id__in=known)


def _row(session: "BrowserSession", keys: int, now: datetime, settings: "SiteSettings") -> dict[str, Any]:
    from keyhouse.core.assurance import Assurance
    from keyhouse.sessions.devices import device_of
    from keyhouse.sessions.listing import life_of

    idle, absolute = life_of(session, settings).seconds_left(now)
    return {
        "id": session.public_id,
        "user": session.user.email if session.user else None,
        "device": device_of(session.user_agent),
        "address": session.address,
        "signed_in": session.signed_in_at,
        "provider": session.provider,
        "methods": session.methods,
        "level": Assurance(session.assurance or 0).wire_name,
        "last_seen": session.last_seen_at,
        "idle_seconds_left": idle,
        "seconds_left": absolute,
        "session_keys": keys,
    }
