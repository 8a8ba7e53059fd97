"""GNU wget: HTTP and FTP."""

from __future__ import annotations

from dataclasses import replace

from ..dialects import wget
from ..dialects.reading import Reading
from ..surroundings import Surroundings
from ..url import Url
from .model import NOTHING, Client, Sent, Unreadable, first_entry, found_at, open_unless_folder, wire


def _wget_search(
    client: Client, url: Url, around: Surroundings, *, default: bool
) -> tuple[str | None, str | None, Sent]:
    """search_netrc(): the first entry of the host decides, and only its login may match the URL's."""
    user, secret = wire(url.user), wire(url.password)
    try:
        opened = open_unless_folder(client, around)
    except Unreadable:
        return user, secret, replace(NOTHING, warnings=("wget: Cannot read $HOME/.netrc (Permission denied).",))
    if opened is None or (user is not None and secret is not None):
        reading = wget.read(opened.text) if opened else Reading()
        return user, secret, replace(NOTHING, warnings=reading.warnings)
    reading = wget.read(opened.text)
    base = replace(NOTHING, warnings=reading.warnings)
    entry = first_entry(reading.entries, url.ascii_host, fold=True)
    if entry is not None:
        if user is not None:
            secret = entry.password if entry.login == user else None
        else:
            user, secret = entry.login, entry.password if entry.password is not None else secret
    elif default and user is None:
        entry = next((e for e in reading.entries if e.machine is None), None)
        if entry is not None:
            user, secret = entry.login, entry.password
    return user, secret, found_at(base, opened, entry) if entry is not None else base


def wget_http(client: Client, url: Url, around: Surroundings) -> Sent:
    """Both a user and a password are needed."""
    user, secret, base = _wget_search(client, url, around, default=False)
    if user is None or secret is None:
        return replace(base, line=None, column=None)
    return replace(base, login=user.encode("latin-1"), password=secret.encode("latin-1"))


def _one_line(text: str) -> bytes:
    """A line end would end the command, so wget's FTP sends a blank for it."""
    return text.replace("\r", " ").replace("\n", " ").encode("latin-1")


def wget_ftp(client: Client, url: Url, around: Surroundings) -> Sent:
    """Missing values become anonymous and -wget@."""
    user, secret, base = _wget_search(client, url, around, default=True)
    login = "anonymous" if user is None else user
    return replace(base, login=_one_line(login), password=_one_line("-wget@" if secret is None else secret))
