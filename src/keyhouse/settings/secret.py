"""The site's own secret: signs cookies and seals the passwords of attached databases."""

import os
from pathlib import Path

FILE_NAME = "secret.key"


def read_secret(data: Path) -> str:
    """Return the site's secret; raises FileNotFoundError where `keyhouse init` has not run."""
    return (data / FILE_NAME).read_text("ascii").strip()


def write_secret(data: Path, secret: str) -> None:
    """Write the site's secret once, readable by its owner alone; an existing one is kept."""
    file = data / FILE_NAME
    if file.exists():
        return
    beside = data / f".{FILE_NAME}.{os.getpid()}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secret + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    beside.rename(file)
