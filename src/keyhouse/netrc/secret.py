"""A secret that does not show itself."""

from __future__ import annotations


class Secret:
    """Bytes that print as a length and a fingerprint, and compare in constant time.

    The fingerprint is the start of a SHA-256: enough to tell two keys apart, useless to find one.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes | str) -> None:
        self._value = value.encode() if isinstance(value, str) else value

    def reveal(self) -> bytes:
        """Return the secret itself. Never log what this returns."""
        return self._value

    @property
    def fingerprint(self) -> str:
        return self._digest().hex()[:8]

    def _digest(self) -> bytes:
        from hashlib import sha256

        return sha256(self._value).digest()

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        from hmac import compare_digest

        return isinstance(other, Secret) and compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._digest())

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __str__(self) -> str:
        return f"{len(self._value)} bytes, fingerprint {self.fingerprint}" if self._value else "empty"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled: pass the file, not the value")
