"""Which rows a script is to read, and the words that every script begins with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from keyhouse.scripts.place import Place

_CONTAINER_FILTERS = (
    "Current",
    "CurrentAndSubfolders",
    "CurrentAndFirstChildren",
    "CurrentAndParents",
    "CurrentAndSubfoldersPlusShared",
    "CurrentPlusProject",
    "CurrentPlusProjectAndShared",
    "AllInProject",
    "AllInProjectPlusShared",
    "AllFolders",
)


@dataclass(frozen=True)
class ScriptFilter:
    """One filter: a column's field key, the operator as in a URL, and its value."""

    column: str
    op: str
    value: str = ""


@dataclass(frozen=True)
class Selection:
    """Rows of one query, as a client asks for them. `columns` are field keys, `sort` is as in a URL."""

    place: Place
    schema: str
    query: str
    view: str = ""
    columns: tuple[str, ...] = ()
    filters: tuple[ScriptFilter, ...] = ()
    sort: str = ""
    container_filter: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    made_on: date | None = None
    has_arrow: bool = False
    ignores_view_filter: bool = False

    def __post_init__(self) -> None:
        # The server takes them in any case, the Java client in one.
        spelt = {name.lower(): name for name in _CONTAINER_FILTERS}
        object.__setattr__(self, "container_filter", spelt.get(self.container_filter.lower(), self.container_filter))

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The parameters of a URL that asks for these rows."""
        pairs = [("schemaName", self.schema), ("query.queryName", self.query)]
        pairs += [("query.ignoreFilter", "1")] if self.ignores_view_filter else []
        single = [("viewName", self.view), ("columns", ",".join(self.columns)), ("sort", self.sort)]
        pairs += [(f"query.{name}", value) for name, value in single if value]
        pairs += [("query.containerFilterName", self.container_filter)] if self.container_filter else []
        pairs += [(f"query.{each.column}~{each.op}", each.value) for each in self.filters]
        return pairs + [(f"query.param.{name}", value) for name, value in self.parameters]

    @property
    def page_url(self) -> str:
        """The address of the page that shows these rows."""
        return self.place.url("query-executeQuery.view", self.asked)

    def file_url(self, form: str) -> str:
        """Write the address of these rows as a file."""
        return self.place.url("query-exportRows.view", [*self.asked, ("format", form)])

    @property
    def lacks(self) -> list[str]:
        """What a script must say whose client cannot leave the filters of a view out."""
        text = "This client cannot leave the filters of a view out, as the page does: FEWER ROWS MAY COME."
        return [text] if self.ignores_view_filter else []

    def netrc_line(self) -> str:
        """Write the netrc entry for this site, without the key."""
        return f"machine {self.place.host} login apikey password <your API key>"

    def preface(self, *more: str) -> list[str]:
        """Say where the script is from and how it gets a key, without a name that somebody else could have chosen.

        All of it is plain ASCII without quotes and stars, so that it can stand in any comment.
        """
        made = f" on {self.made_on.isoformat()}" if self.made_on else ""
        return [
            f"Made{made} from this page, which shows the same rows:",
            self.page_url,
            "",
            *([*more, ""] if more else []),
            "There is no key in this script, and none belongs here. It is read from your netrc file,",
            "which is ~/.netrc (on Windows _netrc in your home folder) and has this line:",
            self.netrc_line(),
        ]


def sort_text(sort: Iterable[tuple[str, bool]]) -> str:
    """Write (column, descending) pairs as in a URL: `-age,sex`."""
    return ",".join(("-" if descending else "") + column for column, descending in sort)


def commented(lines: list[str], mark: str) -> list[str]:
    """Put a comment mark before each line."""
    return [f"{mark} {line}".rstrip() for line in lines]
