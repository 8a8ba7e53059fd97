"""The text of a key: ``<prefix>_<id>_<secret><checksum>`` (keys.md, section 1).

The alphabet is ``[0-9A-Za-z_]`` alone, so that a key survives netrc, Basic, shells, JSON, URLs and a double click
unquoted. The checksum lets a mistyped key be refused before any store is asked, and lets a scanner find leaked keys
offline without false hits.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_LENGTH = 12
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6
LENGTH = 3 + 1 + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH

PATTERN = r"kh[ks]_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}"
"""The published regular expression of a key; confirm a hit with `parse`, whose checksum removes false ones."""

_SECRET = re.compile(r"kh[ks]_[0-9A-Za-z]{1,12}_[0-9A-Za-z]+|(?<![0-9A-Za-z])[0-9a-f]{64}(?![0-9A-Za-z])")
_KEY = re.compile(r"kh[ks]_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}\Z")
_LABKEY_KEY = re.compile(r"[0-9a-f]{64}\Z")
_OLD_PREFIXES = ("apikey|", "session|")

Entropy = Callable[[int], bytes]
"""Return that many unpredictable bytes."""


class TokenKind(StrEnum):
    """The kind of secret that a text is, by its prefix."""

    API_KEY = "khk"
    SESSION_KEY = "khs"
    LABKEY = "labkey"


@dataclass(frozen=True)
class Token:
    """A well-formed key. Its text is a secret: `repr` shows the public id only."""

    kind: TokenKind
    key_id: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Malformed:
    """A text that cannot be a key, and why; `detail` never quotes the text."""

    detail: str


def mint(kind: TokenKind, entropy: Entropy) -> Token:
    """Make a new key of this kind from the given entropy: 71 bits of public id, 190 bits of secret."""
    key_id = _random_text(ID_LENGTH, entropy)
    body = f"{kind.value}_{key_id}_{_random_text(SECRET_LENGTH, entropy)}"
    return Token(kind, key_id, body + checksum(body))


def parse(text: str) -> Token | Malformed:
    """Read a presented text as a key of ours or of LabKey Server, or say what is wrong with it."""
    if _KEY.match(text):
        body, tail = text[:-CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
        if tail != checksum(body):
            return Malformed("checksum wrong: a character is mistyped, or two are swapped")
        return Token(TokenKind(text[:3]), text[4 : 4 + ID_LENGTH], text)
    if _LABKEY_KEY.match(text):
        return Token(TokenKind.LABKEY, "", text)
    return Malformed(_what_is_wrong(text))


def redacted(text: str) -> str:
    """Return a text with every key in it, whole or cut short, replaced: people paste keys where names belong."""
    return _SECRET.sub("[key]", text)


def checksum(body: str) -> str:
    """Return the CRC-32 of everything before the checksum in base62, left-padded with ``0`` to six characters."""
    number = zlib.crc32(body.encode("ascii"))
    digits = ""
    while number:
        number, remainder = divmod(number, len(ALPHABET))
        digits = ALPHABET[remainder] + digits
    return digits.rjust(CHECKSUM_LENGTH, "0")


def _random_text(length: int, entropy: Entropy) -> str:
    text = ""
    while len(text) < length:
        # Bytes from 248 up are thrown away: keeping them would make the first eight characters likelier.
        text += "".join(ALPHABET[byte % 62] for byte in entropy(length) if byte < 248)
    return text[:length]


def _what_is_wrong(text: str) -> str:
    if not text:
        return "empty"
    for prefix in _OLD_PREFIXES:
        if text.startswith(prefix):
            return f"has the old {prefix} prefix in front of the key; send the key alone"
    if text != text.strip():
        return "has blanks or a line end around it"
    if not text.startswith(("khk_", "khs_")):
        return f"is no key of this server: does not begin with khk_ or khs_, {len(text)} characters"
    difference = len(text) - LENGTH
    if difference:
        plural = "s" if abs(difference) != 1 else ""
        return f"{abs(difference)} character{plural} too {'long' if difference > 0 else 'short'}"
    return "has a character that no key has"
