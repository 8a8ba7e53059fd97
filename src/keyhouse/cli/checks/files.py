"""Who else on this machine can read the site's files."""

import stat
from collections.abc import Iterator
from pathlib import Path

from keyhouse.cli.checks.rules import Finding, found
from keyhouse.settings import BootSettings

_FILES = (
    ("secret.key", "KH004"),
    ("keyhouse.sqlite3", "KH005"),
    ("lists.sqlite3", "KH005"),
    ("keyhouse.toml", "KH008"),
)


def check_files(boot: BootSettings) -> Iterator[Finding]:
    """Look at the permissions of the data directory and the files in it that hold secrets."""
    mode = open_to_others(boot.data)
    if mode:
        yield found("KH003", f"{boot.data} has mode {mode}.", f"chmod 700 {boot.data}")
    for name, rule_id in _FILES:
        file = boot.data / name
        mode = open_to_others(file)
        if mode:
            yield found(rule_id, f"{file} has mode {mode}.", f"chmod 600 {file}")


def open_to_others(path: Path) -> str:
    """Return the mode of a file that group or others have any right on, and nothing for a private or missing one."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return ""
    return f"{mode:03o}" if mode & 0o077 else ""
