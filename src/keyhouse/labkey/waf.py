"""SQL in disguise: clients encode it, as firewalls refuse what looks like SQL (client-api.md, section 3)."""

import base64
import binascii
from urllib.parse import unquote

from keyhouse.web.errors import BadRequest

PREFIX = "/*{{base64/x-www-form-urlencoded/wafText}}*/"


def plain_text(sent: str) -> str:
    """Return what a client sent, decoded if it is encoded. Raises `BadRequest`."""
    text = sent.lstrip()
    if not text.startswith(PREFIX):
        return sent
    try:
        # A form that was decoded twice has blanks where the plus signs were.
        raw = base64.b64decode(text[len(PREFIX) :].strip().replace(" ", "+"), validate=True)
        return unquote(raw.decode("ascii"), errors="strict")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise BadRequest("The encoded SQL of this request could not be decoded.") from None
