"""LabKey's own Java and Rust clients: what a look-up returns."""

from __future__ import annotations

from dataclasses import replace

from ..dialects import labkey
from ..files import choose
from ..surroundings import Surroundings
from ..url import Url
from .model import (
    NOTHING,
    Client,
    Sent,
    Unreadable,
    chosen_file,
    entry_of,
    first_entry,
    opened_at,
)


def labkey_java(client: Client, url: Url, around: Surroundings) -> Sent:
    """The first match of the expression for exactly this host, in .netrc, then in _netrc."""
    if not url.host.isascii():
        return NOTHING
    for candidate in choose(client.files, around).read:
        try:
            opened = opened_at(client, around, candidate.path)
        except Unreadable as failure:
            return replace(NOTHING, error=f"java.io.FileNotFoundException: {failure}", path=candidate.path)
        entry = first_entry(labkey.java(opened.text).entries, url.bracketed)
        if entry is not None:
            return entry_of(client, opened, entry)
    return NOTHING


def labkey_rust(client: Client, url: Url, around: Surroundings) -> Sent:
    """The first entry of exactly this host; it must have a password."""
    chosen = chosen_file(client, around)
    if not chosen.tried:
        return replace(NOTHING, error=chosen.error)
    if chosen.path is None:
        return replace(NOTHING, error="no netrc file")
    try:
        opened = opened_at(client, around, chosen.path)
    except Unreadable as failure:
        return replace(NOTHING, error=str(failure), path=chosen.path)
    reading = labkey.rust(opened.text)
    entry = first_entry(reading.entries, url.host)
    if reading.error:
        return replace(NOTHING, error=reading.error, path=chosen.path)
    if entry is not None and entry.password is None:
        return replace(NOTHING, error="entry has no password", path=chosen.path)
    if entry is not None and not entry.login:
        return replace(NOTHING, path=chosen.path)
    return entry_of(client, opened, entry)
