"""netrc as the real clients read it: a lossless document, every client's dialect, and what each would send.

    document = netrc.load("~/.netrc")
    choice = netrc.lookup("https://labkey.example.org/", client="curl@8.5", source=document)

Standard library only. No input crashes or hangs it, none costs more than linear time, and no secret is in a repr,
an exception or a log line: values come as `Secret`, whose text is a length and a fingerprint.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true: importing typing would cost more than all the rest
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, BinaryIO

    from .auth import HttpxAuth, RequestsAuth
    from .choices import Choice, UnknownClient, client, families, lookup, names
    from .document import Document, Unwritable, parse
    from .entry import Entry
    from .portable import NetrcParseError, netrc
    from .secret import Secret
    from .surroundings import MadeUp, Surroundings, real

_HOME = {
    "Choice": "choices", "UnknownClient": "choices", "client": "choices", "families": "choices",
    "lookup": "choices", "names": "choices", "Document": "document", "Entry": "document", "Unwritable": "document",
    "parse": "document", "NetrcParseError": "portable", "netrc": "portable", "Secret": "secret",
    "MadeUp": "surroundings", "Surroundings": "surroundings", "real": "surroundings",
    "HttpxAuth": "auth", "RequestsAuth": "auth",
}  # fmt: skip
"""Where each public name lives: modules are loaded when first asked for, so that importing the package costs little."""

__all__ = [
    "Choice",
    "Document",
    "Entry",
    "HttpxAuth",
    "MadeUp",
    "NetrcParseError",
    "RequestsAuth",
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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def load(source: str | Path | BinaryIO) -> Document:
    """Read a file (`~` is expanded) or a binary stream.

    Raise OSError, also for a FIFO or device, which is not waited for, and for more than 64 MB.
    """
    from pathlib import Path

    from .document import parse
    from .surroundings import bounded, real

    if isinstance(source, str | Path):
        return parse(real().read(str(Path(source).expanduser())))
    return parse(bounded(source))
