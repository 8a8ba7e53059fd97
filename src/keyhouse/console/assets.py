"""The files that pages load: stylesheet, script, logo. Each is served under a name that holds its content's digest.

A changed file has a new name, so browsers may keep the old one for ever. Nothing here touches the disk after import.
"""

import hashlib
from importlib import resources
from pathlib import PurePosixPath

FOLDER = "_assets"
FOR_EVER = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def hashed_name(name: str, body: bytes) -> str:
    """Put the digest of a file into its name: ``keyhouse.3f2a9c04b1d7.css``."""
    path = PurePosixPath(name)
    return f"{path.stem}.{hashlib.sha256(body).hexdigest()[:12]}{path.suffix}"


_BODIES = {
    entry.name: entry.read_bytes()
    for entry in sorted(resources.files(__package__).joinpath("assets").iterdir(), key=str)
}
_HASHED_NAMES = {name: hashed_name(name, body) for name, body in _BODIES.items()}
_ANSWERS = {_HASHED_NAMES[name]: (body, _MEDIA_TYPES[PurePosixPath(name).suffix]) for name, body in _BODIES.items()}


def asset_url(name: str) -> str:
    """Return the path of an asset below the context path, such as ``/_assets/keyhouse.3f2a9c04b1d7.css``.

    Raises `KeyError` for a file that does not exist: a template that names one is wrong.
    """
    return f"/{FOLDER}/{_HASHED_NAMES[name]}"


def respond(path: str) -> tuple[bytes, str] | None:
    """Return body and media type of the asset at this path below the context path, or None."""
    folder, _, name = path.strip("/").rpartition("/")
    return _ANSWERS.get(name) if folder == FOLDER else None
