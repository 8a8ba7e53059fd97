"""The version of an answer, as a client asks for it (client-api.md, section 10)."""

import math
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyhouse.web.call import Call


class Version(Enum):
    """The shapes in which rows leave: flat values, cells, cells under ``data``, lists of cells, formatted values."""

    FLAT = 8.3
    CELLS = 9.1
    NESTED = 13.2
    LISTS = 16.2
    FORMATTED = 17.1

    @property
    def is_nested(self) -> bool:
        """Tell whether schema names and field keys are arrays and cells stand under ``data``."""
        return self.value >= Version.NESTED.value

    @property
    def has_lists(self) -> bool:
        """Tell whether a column with several values has a list of cells."""
        return self.value >= Version.LISTS.value


def requested(call: "Call") -> float:
    """Return the number that the client asked for in body, parameter or header; what is no number counts as 0."""
    body = (item for name, item in call.parameters.body.items() if name.lower() == "apiversion")
    value = next(body, call.parameters.raw("apiVersion"))
    if value is None:
        value = call.request.headers.get("LABKEY-apiVersion", "0")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def version_of(call: "Call") -> Version:
    """Return the newest shape that is not newer than what the client asked for."""
    number = requested(call)
    return next((version for version in reversed(Version) if version.value <= number), Version.FLAT)
