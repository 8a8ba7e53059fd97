"""Saved queries as tables: compiled for whoever reads them, with what this caller may see and nothing else."""

from keyhouse.data import BadValue, Column, Query, RowStream


class BrokenQuery:
    """A saved query whose text cannot be understood (any more): it has no columns, and says what is wrong when read."""

    columns: tuple[Column, ...] = ()
    key: Column | None = None

    def __init__(self, name: str, title: str, description: str | None, problem: str) -> None:
        self.name = name
        self.title = title or name
        self.description = description
        self.problem = problem

    def select(self, query: Query) -> RowStream:
        """Say what is wrong."""
        raise BadValue(self.problem)

    def count(self, query: Query) -> int:
        """Say what is wrong."""
        raise BadValue(self.problem)
