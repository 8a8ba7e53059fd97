"""The files that pages load: stylesheet, script, logo. Each is served under a name that holds the digest of its content.

A changed file has a new name, so browsers may keep the old one for ever. Nothing here touches the disk after import.
"""

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import PurePosixPath

FOLDER = "_assets"
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    hashed_name: str
    media_type: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer."""
        return {"Content-Type": self.media_type, "Cache-Control": FOR_EVER, "X-Content-Type-Options": "nosniff"}


def _asset(name: str, body: bytes) -> Asset:
    path = PurePosixPath(name)
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(f"{path.stem}.{digest}{path.suffix}", MEDIA_TYPES[path.suffix], body)


_BY_NAME = {
    entry.name: _asset(entry.name, entry.read_bytes()) for entry in resources.files(__package__).joinpath("assets").iterdir()
}
_BY_HASHED_NAME = {asset.hashed_name: asset for asset in _BY_NAME.values()}


def asset_url(name: str, context_path: str = "") -> str:
    """Return the address of an asset, such as ``/labkey/_assets/keyhouse.3f2a9c04b1d7.css``.

    Raises `KeyError` for a file that does not exist: a template that names one is wrong.
    """
    return f"{context_path}/{FOLDER}/{_BY_NAME[name].hashed_name}"


def respond(path: str) -> Asset | None:
    """Return the asset at this path below the context path (``/_assets/…``), or None if there is none."""
    prefix = f"/{FOLDER}/"
    return _BY_HASHED_NAME.get(path.removeprefix(prefix)) if path.startswith(prefix) else None
