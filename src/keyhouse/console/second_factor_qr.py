"""A QR code as an inline picture: no file that a cache could keep, and nothing that the page's policy forbids."""

import qrcode
from django.utils.safestring import SafeString, mark_safe
from qrcode.constants import ERROR_CORRECT_M

_QUIET = 4
"""Modules of white around it (ISO/IEC 18004, 6.3.8)."""


def svg_of(text: str) -> SafeString:
    """Draw a text as an SVG whose size the style sheet gives; it is black on white in dark pages too."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(_runs(y, row) for y, row in enumerate(rows))
    size = len(rows)
    # Nothing of the text is in it, only numbers.
    return mark_safe(  # noqa: S308
        f'<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="QR code for an authenticator app" '
        f'shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def _runs(y: int, row: list[bool]) -> str:
    drawn, start = [], None
    for x, is_dark in enumerate([*row, False]):
        if is_dark and start is None:
            start = x
        elif not is_dark and start is not None:
            drawn.append(f"M{start} {y}h{x - start}v1H{start}z")
            start = None
    return "".join(drawn)
