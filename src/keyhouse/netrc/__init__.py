"""netrc as the real clients read it: a lossless document, every client's dialect, and what each would send.

    document = netrc.load("~/.netrc")
    choice = netrc.lookup("https://labkey.example.org/", client="curl@8.5", source=document)

Standard library only. No input crashes or hangs it, none costs more than linear time, and no secret is in a repr,
an exception or a log line: values come as `Secret`, whose text is a length and a fingerprint.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from .document import Document, Entry, Unwritable, parse
from .lookup import Choice, UnknownClient, client, families, lookup, names
from .portable import NetrcParseError, netrc
from .secret import Secret
from .surroundings import MAX_BYTES, MadeUp, Surroundings, real

__all__ = [
    "Choice",
    "Document",
    "Entry",
    "MadeUp",
    "NetrcParseError",
    "Secret",
    "Surroundings",
    "UnknownClient",
    "Unwritable",
    "client",
    "families",
    "load",
    "lookup",
    "names",
    "netrc",
    "parse",
    "real",
]


def load(source: str | Path | BinaryIO) -> Document:
    """Read a file (`~` is expanded) or a binary stream. Raise OSError; a FIFO or device is refused, not waited for."""
    if isinstance(source, str | Path):
        return parse(real().read(str(Path(source).expanduser())))
    return parse(source.read(MAX_BYTES))
