"""Which column a client means by a name."""

from __future__ import annotations

from collections.abc import Sequence

from keyhouse.data.columns import Column
from keyhouse.data.field_keys import decode_field_key


class Layout:
    """Finds columns by name, caption or import alias, without regard to case; a name beats a caption of another."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._known: dict[str, Column] = {}
        exact = {column.name: column for column in columns}
        for names in ({column.name: column for column in columns}, _captions(columns), _aliases(columns)):
            for name, column in names.items():
                self._known.setdefault(name.strip().casefold(), column)
        self._exact = exact

    def find(self, name: str) -> Column | None:
        """Return the column that is meant, or None."""
        if found := self._exact.get(name) or self._known.get(name.strip().casefold()):
            return found
        parts = decode_field_key(name) if "$" in name else ()
        return self._known.get(parts[0].casefold()) if len(parts) == 1 else None


def _captions(columns: Sequence[Column]) -> dict[str, Column]:
    return {column.caption: column for column in reversed(columns)}


def _aliases(columns: Sequence[Column]) -> dict[str, Column]:
    return {alias: column for column in reversed(columns) for alias in column.aliases}
