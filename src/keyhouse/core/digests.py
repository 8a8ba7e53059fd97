"""The one-way function for secrets that have at least 190 random bits.

A fast hash is right for them: there is nothing to guess. Passwords never come here; they are Argon2id's.
"""

import hashlib
import hmac


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret as 64 lower-case hexadecimal characters."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def is_same(left: str, right: str) -> bool:
    """Compare two digests in constant time, so that timing tells nothing about where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())
