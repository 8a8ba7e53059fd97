"""How the site is reached: plain or TLS, through which proxies, under which address; and how its mail leaves."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from keyhouse.cli.checks.files import open_to_others
from keyhouse.cli.checks.rules import Finding, found
from keyhouse.cli.failure import Unusable
from keyhouse.cli.serve import check_tls
from keyhouse.settings import BootSettings

_SOON = timedelta(days=30)
_TLS_REMEDY = (
    "Set tls_cert and tls_key, or let a proxy speak TLS on this machine and set base_url to its https address."
)


def check_network(boot: BootSettings, now: datetime) -> Iterator[Finding]:
    """Look at the boot settings that have to do with the network."""
    yield from _check_transport(boot)
    yield from _check_proxies(boot)
    if boot.tls_cert:
        yield from _check_certificate(boot, now)
    yield from _check_mail(boot)
    if boot.workers > 1 and not boot.database_url:
        remedy = "Set database_url to PostgreSQL where many people write at once; else leave it."
        yield found("KH018", f"{boot.workers} workers write to one SQLite file, one after the other.", remedy)


def _check_transport(boot: BootSettings) -> Iterator[Finding]:
    is_public = not _is_loopback(boot.host) or bool(boot.trusted_proxies)
    is_behind_tls_proxy = bool(boot.trusted_proxies) and boot.base_url.startswith("https://")
    if not _is_loopback(boot.host) and not boot.tls_cert and not is_behind_tls_proxy:
        yield found("KH010", f"Passwords and keys cross the network to {boot.host} in the clear.", _TLS_REMEDY)
    if (is_public or boot.base_url) and not boot.is_tls:
        yield found(
            "KH011", "Neither tls_cert nor an https base_url is set, so cookies also go over http.", _TLS_REMEDY
        )
    if is_public and not boot.base_url:
        remedy = 'Set base_url in keyhouse.toml, such as base_url = "https://data.example.org/labkey".'
        yield found("KH012", f"Links in mail begin with {boot.url}.", remedy)


def _check_proxies(boot: BootSettings) -> Iterator[Finding]:
    for network in boot.trusted_proxies:
        if ip_network(network, strict=False).prefixlen == 0:
            what = (
                f"trusted_proxies has {network}: anybody can claim any address, in the audit log and to the throttle."
            )
            yield found("KH013", what, "Name the addresses of your own proxies only.")


def _check_certificate(boot: BootSettings, now: datetime) -> Iterator[Finding]:
    mode = open_to_others(Path(boot.tls_key))
    if mode:
        yield found("KH017", f"{boot.tls_key} has mode {mode}.", f"chmod 600 {boot.tls_key}")
    try:
        check_tls(boot)
    except Unusable as error:
        yield found("KH015", error.message, "Correct tls_cert and tls_key.")
        return
    ends_at = _ends_at(Path(boot.tls_cert))
    if ends_at <= now:
        yield found("KH015", f"{boot.tls_cert} ended at {ends_at:%Y-%m-%d}.", "Renew the certificate and restart.")
    elif ends_at - now < _SOON:
        yield found("KH016", f"{boot.tls_cert} ends at {ends_at:%Y-%m-%d}.", "Renew the certificate and restart.")


def _ends_at(file: Path) -> datetime:
    from cryptography import x509

    return min(certificate.not_valid_after_utc for certificate in x509.load_pem_x509_certificates(file.read_bytes()))


def _check_mail(boot: BootSettings) -> Iterator[Finding]:
    if not boot.smtp_url:
        remedy = 'Set smtp_url in keyhouse.toml, such as smtp_url = "smtp://user:password@mail.example.org:587?tls=1".'
        yield found("KH019", f"Reset links are written to {boot.data / 'mail'} and reach nobody.", remedy)
        return
    parts = urlsplit(boot.smtp_url)
    is_encrypted = parts.scheme == "smtps" or parse_qs(parts.query).get("tls") == ["1"]
    if parts.password and not is_encrypted and not _is_loopback(parts.hostname or ""):
        yield found("KH020", "smtp_url has a password but no TLS.", "Add ?tls=1 to smtp_url, or use smtps://.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
