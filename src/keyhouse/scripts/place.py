"""Where clients find a folder of this site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit


@dataclass(frozen=True)
class Place:
    """What clients need to know of this site: its address with the context path, and a folder."""

    base_url: str
    folder: str = "/"

    @property
    def host(self) -> str:
        """The name under which a netrc file knows this site."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def authority(self) -> str:
        """Host and port, as the Python client wants them."""
        return urlsplit(self.base_url).netloc

    @property
    def context_path(self) -> str:
        """The context path without slashes."""
        return urlsplit(self.base_url).path.strip("/")

    @property
    def is_tls(self) -> bool:
        """Whether the site is reached over https."""
        return urlsplit(self.base_url).scheme == "https"

    def url(self, action: str, parameters: Sequence[tuple[str, str]] = ()) -> str:
        """Write the URL of an action in the folder: letters, digits and `-._~%/?&=+:` only, whatever the names are."""
        folder = quote(self.folder.strip("/"))
        query = f"?{urlencode(parameters)}" if parameters else ""
        return "/".join(part for part in (self.base_url, folder, action) if part) + query
