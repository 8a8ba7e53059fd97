"""Seal what must be read again but never shown, with the site's secret: backups travel."""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken

_SOURCES = "sources"


class Unsealable(Exception):
    """The text was sealed with another secret: the data directory's secret.key is not the one it was made with."""


def seal(text: str, secret: str, purpose: str = _SOURCES) -> str:
    """Encrypt a text with the site's secret; what was sealed for one purpose opens for no other."""
    return _box(secret, purpose).encrypt(text.encode()).decode()


@lru_cache(maxsize=256)
def unseal(sealed: str, secret: str, purpose: str = _SOURCES) -> str:
    """Decrypt what `seal` made; raises `Unsealable`. Asked on each request, so what was opened once is remembered."""
    try:
        return _box(secret, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        made = "this source was attached. Attach it again" if purpose == _SOURCES else "it was sealed. Enter it again"
        raise Unsealable(f"secret.key is not the one with which {made}.") from None


def _box(secret: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"keyhouse {purpose}\0{secret}".encode()).digest()))
