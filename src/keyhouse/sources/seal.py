"""Seal the addresses of attached databases at rest: they may hold a password, and backups travel."""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken


class Unsealable(Exception):
    """The address was sealed with another secret: the data directory's secret.key is not the one it was made with."""


def seal(text: str, secret: str) -> str:
    """Encrypt a text with the site's secret."""
    return _box(secret).encrypt(text.encode()).decode()


@lru_cache(maxsize=256)
def unseal(sealed: str, secret: str) -> str:
    """Decrypt what `seal` made; raises `Unsealable`. Asked on each request, so what was opened once is remembered."""
    try:
        return _box(secret).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unsealable("secret.key is not the one with which this source was attached. Attach it again.") from None


def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"keyhouse sources\0" + secret.encode()).digest()))
