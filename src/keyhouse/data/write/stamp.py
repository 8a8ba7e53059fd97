"""What the server itself writes into a row: who, when, in which folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyhouse.data.columns import Column, Kind

_MADE, _CHANGED = {"created": Kind.DATE, "createdby": Kind.INT}, {"modified": Kind.DATE, "modifiedby": Kind.INT}
_OURS = frozenset({"entityid", "container", "lastindexed", "dibatch", "diimporthash", "owner"})


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes, when (in UTC, without a zone), and into which folder, by its entity id.

    `entity_id` makes the id that a new row of a list gets.
    """

    user_id: int
    at: datetime
    folder: str
    entity_id: Callable[[], str]

    def on_insert(self, column: Column, has_folders: bool) -> Any:
        """Return what a new row has in this column, None if that is for the client to say."""
        if has_folders and column.name.casefold() == "entityid":
            return self.entity_id()
        return self._written(column, {**_MADE, **_CHANGED})

    def on_update(self, column: Column) -> Any:
        """Return what a changed row has in this column, None if it stays."""
        return self._written(column, _CHANGED)

    def _written(self, column: Column, names: dict[str, Kind]) -> Any:
        if names.get(column.name.casefold()) is not column.kind:
            return None
        if column.kind is Kind.INT:
            return self.user_id
        return self.at if column.has_time else self.at.date()


def is_stamped(column: Column, has_folders: bool) -> bool:
    """Tell whether the server writes a column, so that what a client says about it is passed over."""
    name = column.name.casefold()
    return {**_MADE, **_CHANGED}.get(name) is column.kind or (has_folders and name in _OURS)
