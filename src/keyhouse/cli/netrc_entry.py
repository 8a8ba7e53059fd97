"""The entry of a netrc file for one machine, as Python's own reader finds it; and why there is none."""

import base64
import netrc
import os
from dataclasses import dataclass, field
from pathlib import Path


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
        if not self.login:
            return {}
        pair = base64.b64encode(f"{self.login}:{self.password}".encode()).decode("ascii")
        return {"Authorization": f"Basic {pair}"}


def look_up(machine: str, file: Path | None) -> Entry:
    """Find the entry for a machine in this file, or in the one that clients would read."""
    chosen = file or usual_file()
    try:
        found = netrc.netrc(str(chosen)).authenticators(machine)
    except FileNotFoundError:
        return Entry(chosen, why_none=f"there is no file {chosen}")
    except UnicodeDecodeError:
        return Entry(chosen, why_none=f"{chosen} is not text", is_broken=True)
    except OSError as error:
        return Entry(chosen, why_none=f"{chosen} cannot be read: {error.strerror}", is_broken=True)
    except netrc.NetrcParseError as error:
        # Its text may quote a token of the file, and a token may be a password.
        return Entry(chosen, why_none=f"line {error.lineno} of {chosen} cannot be understood", is_broken=True)
    if found is None:
        return Entry(chosen, why_none=f"{chosen} has no entry for the machine {machine} (a name without port)")
    login, _, password = found
    if not login or not password:
        return Entry(chosen, why_none=f"the entry for {machine} in {chosen} lacks a login or a password")
    return Entry(chosen, login, password)


def usual_file() -> Path:
    """Return the file that clients read: what NETRC names, else the one in the home folder."""
    named = os.environ.get("NETRC")
    return Path(named) if named else Path.home() / ("_netrc" if os.name == "nt" else ".netrc")
