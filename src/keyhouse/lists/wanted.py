"""What a request wants a list to be: values, checked as far as they can be without looking at what is there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keyhouse.lists.errors import BadDesign, Misused, NotOffered
from keyhouse.lists.rules import rules_of
from keyhouse.lists.types import FILES, LARGEST_SCALE, TYPES, FieldType, short_name

LONGEST_NAME = 200
LONGEST_TEXT = 50_000
MOST_FIELDS = 1000
LARGEST_RULES = 500_000
STANDARD = ("EntityId", "Created", "CreatedBy", "Modified", "ModifiedBy", "lastIndexed", "container")
"""The columns that every list has beside its fields."""
RESERVED = frozenset(name.casefold() for name in STANDARD)
KEY_TYPES = {"AutoIncrementInteger": "int", "Integer": "int", "Varchar": "string"}


@dataclass(frozen=True)
class WantedField:
    """A field as a request has it. `id` and `uri` say which field of the list it was; None for a new one."""

    name: str
    type: FieldType
    properties: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None
    uri: str | None = None

    @property
    def is_required(self) -> bool:
        """Tell whether every row must have a value."""
        return bool(self.properties.get("required"))


@dataclass(frozen=True)
class WantedIndex:
    """An index over fields, by their names."""

    names: tuple[str, ...]
    is_unique: bool


@dataclass(frozen=True)
class WantedList:
    """A list as a request has it; `options` has only what was given."""

    name: str
    fields: tuple[WantedField, ...]
    indices: tuple[WantedIndex, ...] = ()
    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def field_type(name: str, range_uri: str, has_expression: bool) -> FieldType:
    """Find the type of a field. Raise BadDesign for an unknown one, NotOffered for one without values here."""
    short = short_name(range_uri or "string")
    if short in FILES:
        text = f"The field '{name[:100]}' has the type '{short}', which this server does not keep in lists."
        raise NotOffered(f"{text} Use a text field that holds a link to the file.")
    if has_expression:
        text = f"The field '{name[:100]}' is calculated by an expression, which this server does not do in lists."
        raise NotOffered(f"{text} Leave valueExpression out, and calculate with executeSql.")
    if short not in TYPES:
        known = ", ".join(each.name for each in TYPES.values())
        raise BadDesign(f"Unrecognized type '{range_uri[:100]}' of field '{name[:100]}'. Types are: {known}.", name)
    return TYPES[short]


def check_name(name: str) -> None:
    """Refuse a name that cannot be a list's."""
    if not name.strip():
        raise Misused("List name is required")
    if len(name) > LONGEST_NAME:
        raise Misused(f"List name cannot be longer than {LONGEST_NAME} characters.")
    if not _is_plain(name) or name != name.strip():
        raise Misused("A list's name may have no control characters and no blanks around it.")


def check_fields(fields: Sequence[WantedField]) -> None:
    """Refuse fields that cannot stand in one list."""
    if len(fields) > MOST_FIELDS:
        raise BadDesign(f"A list has at most {MOST_FIELDS} fields; this one has {len(fields)}.")
    seen: set[str] = set()
    size = 0
    for each in fields:
        _check_field(each)
        size += sum(rule.size for rule in rules_of(each.name, each.properties))
        if size > LARGEST_RULES:
            raise BadDesign(
                "The validators of this list are too large together. Leave some out, or write shorter ones."
            )
        folded = each.name.casefold()
        if folded in RESERVED:
            raise BadDesign(f'"{each.name}" is a reserved field name.', each.name)
        if folded in seen:
            raise BadDesign(
                f"The field name '{each.name}' is used more than once; letter case does not count.", each.name
            )
        seen.add(folded)


def check_indices(indices: Sequence[WantedIndex], fields: Sequence[WantedField]) -> None:
    """Refuse indices over fields that the list does not have."""
    known = {each.name.casefold() for each in fields}
    for index in indices:
        for name in index.names:
            if name.casefold() not in known:
                raise BadDesign(f"An index names the field '{name[:100]}', which this list does not have.", name)


def _check_field(each: WantedField) -> None:
    if not each.name.strip():
        raise BadDesign("Please provide a name for each field.", "name")
    if len(each.name) > LONGEST_NAME:
        raise BadDesign(f"The name of field '{each.name[:60]}…' is longer than {LONGEST_NAME} characters.", "name")
    if not _is_plain(each.name) or each.name != each.name.strip():
        text = f"The name of field '{each.name!a}' has control characters, or blanks around it."
        raise BadDesign(text, each.name)
    scale = each.properties.get("scale")
    if scale is not None and not 0 < scale <= LARGEST_SCALE:
        raise BadDesign(f"The scale of field '{each.name}' must lie between 1 and {LARGEST_SCALE}.", each.name)
    for name, value in each.properties.items():
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise BadDesign(f"The {name} of field '{each.name}' is longer than {LONGEST_TEXT} characters.", each.name)
        # Validators and formats go into the log with each change of the design: they must not swell it.
        if isinstance(value, list | tuple | dict) and len(json.dumps(value, default=str)) > LONGEST_TEXT:
            text = f"The {name} of field '{each.name}' have more than {LONGEST_TEXT} characters together."
            raise BadDesign(text, each.name)


def _is_plain(name: str) -> bool:
    # Half a surrogate pair can be stored in no database, a control character can be seen by nobody.
    return not any(ord(letter) < 32 or ord(letter) == 127 or "\ud800" <= letter <= "\udfff" for letter in name)
