"""The site's own secret: signs cookies and seals the passwords of attached databases."""

import os
from pathlib import Path

from keyhouse.settings.boot import SettingsError

FILE_NAME = "secret.key"
_SHORTEST = 32


def read_secret(data: Path) -> str:
    """Return the site's secret; raises FileNotFoundError where `keyhouse init` has not run.

    Raises `SettingsError` for a secret that is too short to be one: an empty file would let anybody sign cookies.
    """
    secret = (data / FILE_NAME).read_text("ascii", "replace").strip()
    if len(secret) < _SHORTEST:
        raise SettingsError(
            f"{data / FILE_NAME} is damaged: it has {len(secret)} characters. Restore it from a backup, or remove it "
            f"and run keyhouse init --data {data}: everybody signs in anew and attached databases are attached again."
        )
    return secret


def write_secret(data: Path, secret: str) -> None:
    """Write the site's secret once, readable by its owner alone; an existing one is kept."""
    file = data / FILE_NAME
    if file.exists():
        return
    beside = data / f".{FILE_NAME}.{os.getpid()}"
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secret + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(beside, file)  # Unlike a rename, this fails where another process was faster.
    except FileExistsError:
        return
    finally:
        beside.unlink()
