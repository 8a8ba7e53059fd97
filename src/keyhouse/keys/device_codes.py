"""The two codes of a device login (RFC 8628): a long one that the program keeps, a short one that a person reads.

The short code has eight of twenty consonants: no words, no vowels, no digit that looks like a letter (section 6.1).
That is 34 bits, enough for ten minutes of throttled guesses, and too few for a plain digest.
"""

import base64
import hashlib
import hmac

from keyhouse.core.tokens import Entropy

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
_DEVICE_CODE_BYTES = 32
_LONGEST_READ = 40


def mint_device_code(entropy: Entropy) -> str:
    """Make a code of 256 bits, in letters that need no quoting in a form."""
    return base64.urlsafe_b64encode(entropy(_DEVICE_CODE_BYTES)).rstrip(b"=").decode("ascii")


def mint_user_code(entropy: Entropy) -> str:
    """Make a code of eight consonants, written ``WDJB-MJHT``."""
    letters = ""
    while len(letters) < LENGTH:
        # Bytes from 240 up are thrown away: keeping them would make the first letters likelier.
        letters += "".join(LETTERS[byte % len(LETTERS)] for byte in entropy(LENGTH) if byte < 240)
    return spelt(letters[:LENGTH])


def spelt(letters: str) -> str:
    """Write eight letters as people see them."""
    return f"{letters[:4]}-{letters[4:]}"


def read_user_code(text: str) -> str | None:
    """Return the code that somebody typed, as it is spelt; case, blanks and dashes do not matter. None for no code."""
    if len(text) > _LONGEST_READ:
        return None
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    is_code = len(letters) == LENGTH and all(letter in LETTERS for letter in letters)
    return spelt(letters) if is_code else None


class UserCodeDigest:
    """Digests short codes with the site's secret: who reads the database alone cannot try all codes against it."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"keyhouse device user code\0" + secret.encode()).digest()

    def __call__(self, user_code: str) -> str:
        """Return the keyed digest of a code as it is spelt."""
        return hmac.new(self._key, user_code.encode("ascii"), hashlib.sha256).hexdigest()
