"""Where a request comes from. Headers about that are believed from configured proxies only: anyone can write them."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from keyhouse.settings import SettingsError


class Proxies:
    """The reverse proxies in front of this server."""

    def __init__(self, networks: Sequence[str]) -> None:
        try:
            self._networks = [ip_network(network, strict=False) for network in networks]
        except ValueError as error:
            raise SettingsError(f"trusted_proxies: {error}.") from None

    def seen(self, environ: dict[str, Any]) -> tuple[str, str]:
        """Return the client's address and the scheme that it used."""
        peer, scheme = environ.get("REMOTE_ADDR", ""), environ.get("wsgi.url_scheme", "http")
        if not self._are_trusted(peer):
            return peer, scheme
        forwarded = environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
        return self._client(peer, environ.get("HTTP_X_FORWARDED_FOR", "")), forwarded if forwarded in {
            "http",
            "https",
        } else scheme

    def _client(self, peer: str, forwarded_for: str) -> str:
        # From the right: each proxy appends whom it saw; the first that is no proxy of ours is the client.
        for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
            if not _is_address(hop):
                return peer
            peer = hop
            if not self._are_trusted(hop):
                return hop
        return peer

    def _are_trusted(self, address: str) -> bool:
        return bool(self._networks) and _is_address(address) and self._is_ours(address)

    def _is_ours(self, address: str) -> bool:
        found = ip_address(address)
        # A socket that listens on [::] names IPv4 peers ::ffff:192.0.2.1.
        plain = getattr(found, "ipv4_mapped", None) or found
        return any(plain in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
