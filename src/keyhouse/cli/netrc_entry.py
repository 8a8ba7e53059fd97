"""The entry of a netrc file for one machine, as Python clients find it; and why there is none."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from keyhouse.cli.netrc.given_file import file_or_usual
from keyhouse.cli.remote import basic
from keyhouse.netrc.choices import lookup
from keyhouse.netrc.surroundings import real


@dataclass(frozen=True)
class Entry:
    """What a netrc file has for a machine. Without a login there is no entry, and `why_none` says why."""

    file: Path
    login: str = ""
    password: str = field(default="", repr=False)
    why_none: str = ""
    is_broken: bool = False
    """The file is there and cannot be read or understood; to write into it would not help."""

    def headers(self) -> dict[str, str]:
        """Return the header with which clients send this entry."""
        return basic(self.login, self.password) if self.login else {}


def look_up(machine: str, file: Path | None) -> Entry:
    """Find the entry for a machine in this file, or in the one that clients would read, as requests finds it."""
    chosen = file_or_usual(file)
    try:
        data = real().read(str(chosen))
    except FileNotFoundError:
        return Entry(chosen, why_none=f"there is no file {chosen}")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no file"
        return Entry(chosen, why_none=f"{chosen} cannot be read: {reason}", is_broken=True)
    broken = _broken(machine, data)
    if broken:
        return Entry(chosen, why_none=f"{broken} {chosen} cannot be understood", is_broken=True)
    return _entry(machine, data, chosen)


def _broken(machine: str, data: bytes) -> str:
    """Say what of the file Python's own reader cannot understand; requests then acts as if there were no file."""
    error = lookup(_url(machine), "python", data).error
    if not error:
        return ""
    # The client's words may quote a token of the file, and a token may be a password.
    line = re.search(r", line (\d+)\)", error)
    return f"line {line[1]} of" if line else "the text of"


def _entry(machine: str, data: bytes, chosen: Path) -> Entry:
    choice = lookup(_url(machine), "requests", data)
    if not choice.sends:
        return Entry(chosen, why_none=f"{chosen} has no entry for the machine {machine} (a name without port)")
    if not choice.login or not choice.secret:
        return Entry(chosen, why_none=f"the entry for {machine} in {chosen} lacks a login or a password")
    return Entry(chosen, choice.login, choice.secret.reveal().decode("utf-8", "replace"))


def _url(machine: str) -> str:
    return f"https://[{machine}]/" if ":" in machine else f"https://{machine}/"


def usual_file() -> Path:
    """Return the file that clients read: what NETRC names, else the one in the home folder."""
    return file_or_usual(None)
