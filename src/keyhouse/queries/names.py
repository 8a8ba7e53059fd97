"""Names of what is saved, and how names that differ in letter case alone are one."""

from dataclasses import dataclass

from keyhouse.authz.models import Folder
from keyhouse.queries.models import LONGEST_NAME

RESERVED_VIEWS = frozenset({"default", "~~details~~", "~~insert~~", "~~update~~"})


class NameRefused(ValueError):
    """Nothing can be saved under this name; the text says why."""


@dataclass(frozen=True)
class Subject:
    """The table or query that a view is of, in the folder from which one looks."""

    folder: Folder
    schema: str
    query: str

    @property
    def table_key(self) -> str:
        """Schema and query in one letter case; a line end cannot be part of either."""
        return f"{self.schema}\n{self.query}".casefold()


def check_view_name(name: str) -> None:
    """Refuse a name that no view can have; the empty one is the default view's."""
    if name.casefold() in RESERVED_VIEWS:
        raise NameRefused(f"The grid view name '{name}' is not allowed.")
    _check(name, "view")


def check_query_name(name: str) -> None:
    """Refuse a name that no query can have."""
    if not name:
        raise NameRefused("A query needs a name.")
    _check(name, "query")


def _check(name: str, what: str) -> None:
    if len(name) > LONGEST_NAME:
        raise NameRefused(f"The name of a {what} has at most {LONGEST_NAME} characters.")
    if name != name.strip() or not name.isprintable():
        raise NameRefused(f"The name of a {what} has no blanks around it and no control characters.")


def lineage(folder: Folder) -> list[str]:
    """Return the paths, in lower case, of a folder and of all folders above it, nearest first."""
    parts = [part for part in folder.lower_path.split("/") if part]
    return ["/" + "/".join(parts[:end]) for end in range(len(parts), -1, -1)]
