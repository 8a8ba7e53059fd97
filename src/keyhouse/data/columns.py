"""What is known of a column before any row is read: its name, its kind and where it points."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Kind(StrEnum):
    """The five value types that every LabKey client knows; the text is what `type` says on the wire."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"


_FRIENDLY = {
    Kind.STRING: "Text (String)",
    Kind.INT: "Integer",
    Kind.FLOAT: "Number (Double)",
    Kind.BOOLEAN: "True/False (Boolean)",
    Kind.DATE: "Date and Time",
}
_USERS = {("core", "users"), ("core", "usersdata"), ("core", "siteusers")}
_JDBC = {
    Kind.STRING: "VARCHAR",
    Kind.INT: "INTEGER",
    Kind.FLOAT: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "TIMESTAMP",
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """The column that a foreign key points to. `schema` is the name of a source, not of a database schema.

    `container` is the path or the entity id of the folder that the table is in, where it is named.
    """

    schema: str
    table: str
    column: str
    container: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. `kind` decides how filter texts are converted; `sql_type` is for people to read.

    An empty `caption` is made from the name. `scale` is the greatest length of a text, if there is one.
    `has_time` tells timestamps from plain dates and means nothing for other kinds. `storage` is the column's name in
    the database where that is another; `stored_as` tells it in any case. `range_uri`, `format`, `phi` and `url` are as
    client-api.md §14 has them; `aliases` are other names that a file may use for the column. `path` has the names that
    lead to a column of another table through lookups, its own name last; `name` is then their field key. A value of a
    column that `is_multiple` is a list. A column that `is_blank` has no value in any row, as its values are not for who
    asks.
    """

    name: str
    kind: Kind = Kind.STRING
    nullable: bool = True
    key: bool = False
    sql_type: str = ""
    caption: str = ""
    description: str | None = None
    auto_increment: bool = False
    scale: int | None = None
    lookup: Lookup | None = None
    hidden: bool = False
    has_time: bool = True
    storage: str = ""
    range_uri: str = ""
    concept_uri: str | None = None
    format: str | None = None
    phi: str = "NotPHI"
    url: str | None = None
    aliases: tuple[str, ...] = ()
    read_only: bool = False
    calculated: bool = False
    has_default: bool = False
    path: tuple[str, ...] = ()
    is_multiple: bool = False
    is_blank: bool = False

    def __post_init__(self) -> None:
        if not self.caption:
            object.__setattr__(self, "caption", caption_of(self.name))

    @property
    def stored_as(self) -> str:
        """The column's name in its database."""
        return self.storage or self.name

    @property
    def field_key(self) -> tuple[str, ...]:
        """The parts of the column's field key."""
        return self.path or (self.name,)

    @property
    def is_user(self) -> bool:
        """Whether the values are ids of users."""
        if self.lookup is None:
            return self.kind is Kind.INT and self.field_key[-1].casefold() == "userid"
        return (self.lookup.schema.casefold(), self.lookup.table.casefold()) in _USERS

    @property
    def friendly_type(self) -> str:
        """The type as people read it in query details: `Number (Double)`."""
        return "Date" if self.kind is Kind.DATE and not self.has_time else _FRIENDLY[self.kind]

    @property
    def jdbc_type(self) -> str:
        """The type's name as Java programs know it: `TIMESTAMP`."""
        return "DATE" if self.kind is Kind.DATE and not self.has_time else _JDBC[self.kind]


def single_key(columns: Iterable[Column]) -> Column | None:
    """Return the primary key if it is exactly one column."""
    keys = [column for column in columns if column.key]
    return keys[0] if len(keys) == 1 else None


def caption_of(name: str) -> str:
    """Make a label from a name as LabKey does: `firstName` is `First Name`, `patient_id` is `Patient Id`."""
    words = _WORD_BREAK.sub(" ", name.replace("_", " ")).split()
    return " ".join(word[0].upper() + word[1:] for word in words) or name
