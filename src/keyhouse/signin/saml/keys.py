"""Keys and certificates of SAML: read, judged by their dates, and made for a site that has none."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_MOST = 20
_LIFE = timedelta(days=3650)
_SMALLEST_RSA = 2048


class Unreadable(ValueError):
    """A key or a certificate that cannot be used; the text says why."""


@dataclass(frozen=True)
class Certificate:
    """A certificate whose key signs; `pem` is how libraries want it, `fingerprint` (SHA-256) how people compare it."""

    pem: str = field(repr=False)
    fingerprint: str
    not_before: datetime
    not_after: datetime

    def is_valid_at(self, now: datetime) -> bool:
        """Tell whether its dates say that it may be used now."""
        return self.not_before <= now < self.not_after

    @property
    def words(self) -> str:
        """Name it as its administrator finds it at the provider."""
        return f"certificate {self.fingerprint[:23]}… (valid until {self.not_after:%Y-%m-%d})"


def certificates_in(text: str) -> tuple[Certificate, ...]:
    """Read certificates: PEM, one after the other, or the bare Base64 of one. Raises `Unreadable`."""
    blocks = _PEM.findall(text) or ([text] if text.strip() else [])
    if len(blocks) > _MOST:
        raise Unreadable(f"There are more than {_MOST} certificates.")
    return tuple(certificate_of(block) for block in blocks)


def certificate_of(base64_text: str) -> Certificate:
    """Read one certificate from the Base64 of its DER, as metadata has it. Raises `Unreadable`."""
    try:
        read = x509.load_der_x509_certificate(base64.b64decode("".join(base64_text.split()), validate=True))
        key = read.public_key()
    except (ValueError, binascii.Error, TypeError):
        raise Unreadable("A certificate cannot be read: it is Base64 between BEGIN CERTIFICATE and END.") from None
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise Unreadable("A certificate has a key that is neither RSA nor of an elliptic curve.")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _SMALLEST_RSA:
        raise Unreadable(f"A certificate has an RSA key of {key.key_size} bits; {_SMALLEST_RSA} are the least.")
    pem = read.public_bytes(Encoding.PEM).decode()
    fingerprint = read.fingerprint(SHA256()).hex(":").upper()
    return Certificate(pem, fingerprint, read.not_valid_before_utc, read.not_valid_after_utc)


def pair_problem(key: str, certificate: str) -> str:
    """Say what is wrong with our own key and certificate; nothing where they are well."""
    try:
        public = load_pem_private_key(key.encode(), None).public_key()
    except (ValueError, TypeError):
        return "The key cannot be read: it is PEM, begins with BEGIN PRIVATE KEY, and has no password."
    if not isinstance(public, rsa.RSAPublicKey) or public.key_size < _SMALLEST_RSA:
        return f"The key must be RSA, of {_SMALLEST_RSA} bits at least."
    try:
        read = certificates_in(certificate)
    except Unreadable as error:
        return str(error)
    if len(read) != 1:
        return "Give the one certificate that belongs to the key."
    if x509.load_pem_x509_certificate(read[0].pem.encode()).public_key() != public:
        return "The certificate belongs to another key."
    return ""


def make_pair(name: str, now: datetime) -> tuple[str, str]:
    """Make a key and its self-signed certificate, both PEM; providers compare the key, nobody else reads the name."""
    key = rsa.generate_private_key(65537, 3072)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "keyhouse")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFE)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pem, made.public_bytes(Encoding.PEM).decode()
