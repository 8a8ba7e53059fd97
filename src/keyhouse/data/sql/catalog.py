"""What a statement may speak of: the tables that one caller may see, and what is known of the caller.

A catalog is the only way from a name to a table. It knows nothing of users: who may see what was decided by whoever
made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from keyhouse import system
from keyhouse.data.columns import Lookup
from keyhouse.data.tables import Table


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What functions such as `USERID()` tell; `groups` are the ids of the groups that the user is in.

    Where nobody is known (`is_known`), functions about the caller are refused.
    """

    user_id: int = 0
    user_name: str = ""
    groups: frozenset[int] = frozenset()
    folder_name: str = ""
    folder_path: str = ""
    context_path: str = ""
    version: str = ""
    is_known: bool = True
    now: datetime = field(default_factory=lambda: system.now().replace(tzinfo=None))


class Catalog(Protocol):
    """The tables of one caller."""

    @property
    def surroundings(self) -> Surroundings: ...

    def table(self, names: Sequence[str]) -> tuple[Table, Catalog] | None:
        """Find a table or query by its name, its schema and its folder (`/Home/Sub`, `core`, `Users`); the last part is
        its name. None for what is not there, or not for this caller. The catalog that comes with it resolves what the
        table itself speaks of."""
        ...

    def target(self, lookup: Lookup) -> Table | None:
        """Find the table that a lookup points to; None for what this caller may not see."""
        ...
