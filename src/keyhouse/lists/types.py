"""The types of fields (client-api.md §14): the names they have on the wire, and how their values are stored."""

from dataclasses import dataclass

from keyhouse.data.managed import Stored

XSD = "http://www.w3.org/2001/XMLSchema#"
_PREFIXES = (
    XSD,
    "xsd:",
    "http://cpas.fhcrc.org/exp/xml#",
    "http://www.labkey.org/exp/xml#",
    "http://www.labkey.org/types#",
)
DEFAULT_SCALE = 4000
LARGEST_SCALE = 2**31 - 1


@dataclass(frozen=True)
class FieldType:
    """A type that a field may have."""

    name: str
    stored: Stored

    @property
    def range_uri(self) -> str:
        """The type's full name on the wire."""
        return XSD + self.name


TYPES: dict[str, FieldType] = {
    each.name.lower(): each
    for each in (
        FieldType("string", Stored.TEXT),
        FieldType("multiLine", Stored.TEXT),
        FieldType("int", Stored.INT),
        FieldType("long", Stored.LONG),
        FieldType("double", Stored.DOUBLE),
        FieldType("float", Stored.DOUBLE),
        FieldType("decimal", Stored.DECIMAL),
        FieldType("boolean", Stored.BOOLEAN),
        FieldType("dateTime", Stored.MOMENT),
        FieldType("date", Stored.DAY),
        FieldType("time", Stored.TIME),
    )
}
_ALIASES = {"integer": "int", "text": "string", "varchar": "string", "number": "double", "datetime": "dateTime"}
FILES = frozenset({"filelink", "attachment", "multichoice", "binary"})
"""Types of the original that have no values here."""


def short_name(range_uri: str) -> str:
    """Return the name of a type without its prefix, in lower case: `http://www.w3.org/2001/XMLSchema#int` is `int`."""
    text = range_uri.strip()
    for prefix in _PREFIXES:
        if text.lower().startswith(prefix.lower()):
            text = text[len(prefix) :]
            break
    return _ALIASES.get(text.lower(), text).lower()
