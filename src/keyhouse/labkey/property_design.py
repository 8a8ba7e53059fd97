"""A domain design as clients send it (client-api.md, section 14), read into what a list is to be.

Names of members match without regard to case: Python sends `phi` and `url` where the original says `PHI` and `URL`.
R wraps single values into arrays and writes `{}` where it has nothing.
"""

from collections.abc import Mapping
from typing import Any

from keyhouse.core.phi import PhiLevel
from keyhouse.data.managed import Stored
from keyhouse.labkey.property_members import FLAGS, LISTS, NUMBERS, TEXTS
from keyhouse.lists.errors import BadDesign
from keyhouse.lists.wanted import MOST_FIELDS, WantedField, WantedIndex, field_type

_TRUE = {"true", "1", "yes", "on", "t"}
_FALSE = {"false", "0", "no", "off", "f", ""}
_PHI = {level.wire_name.lower(): level for level in PhiLevel}
_MOST_ENTRIES = 100
_FORMAT_FLAGS = ("bold", "italic", "strikethrough")
_FORMAT_TEXTS = ("backgroundColor", "filter", "textColor")


def plain(value: Any) -> Any:
    """Return a single value as it was meant: R sends arrays of one, and `{}` for nothing."""
    if isinstance(value, list) and len(value) == 1:
        return plain(value[0])
    return None if value in ({}, []) else value


def text_of(design: Mapping[str, Any], name: str) -> str | None:
    """Return a text of a design, or None. Raise BadDesign for anything else."""
    value = plain(_folded(design).get(name.lower()))
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise BadDesign(f"The {name} of a design must be a text.", name)


def read_fields(design: Mapping[str, Any]) -> tuple[WantedField, ...]:
    """Read the fields of a design, the calculated ones too. Raise BadDesign or NotOffered."""
    members = _folded(design)
    found = [*_objects(members, "fields"), *_objects(members, "calculatedFields")]
    if len(found) > MOST_FIELDS:
        raise BadDesign(f"A list has at most {MOST_FIELDS} fields; this one has {len(found)}.")
    return tuple(read_field(each) for each in found)


def read_field(sent: Mapping[str, Any]) -> WantedField:
    """Read one field. Raise BadDesign or NotOffered."""
    members = _folded(sent)
    name = text_of(sent, "name") or ""
    properties: dict[str, Any] = {each: text_of(sent, each) for each in TEXTS if each.lower() in members}
    properties |= {each: _flag(members, each, name) for each in FLAGS if each.lower() in members}
    properties |= {each: _number(members, each, name) for each in NUMBERS if each.lower() in members}
    properties |= {each: _objects(members, each) for each in LISTS if each.lower() in members}
    if "conditionalFormats" in properties:
        properties["conditionalFormats"] = [_format(each) for each in properties["conditionalFormats"]]
    if "importAliases" in properties:
        properties["importAliases"] = _aliases(sent)
    if (phi := _phi(sent, name)) is not None:
        properties["PHI"] = phi
    kind = field_type(name, text_of(sent, "rangeURI") or "", bool(properties.get("valueExpression")))
    if kind.stored is not Stored.TEXT:
        properties.pop("scale", None)  # clients send back the 4000 that every field is told to have
    return WantedField(name, kind, properties, _number(members, "propertyId", name), text_of(sent, "propertyURI"))


def read_indices(design: Mapping[str, Any]) -> tuple[WantedIndex, ...]:
    """Read the indices of a design: `unique` comes as a boolean, a text, an array of one, or as the type `unique`."""
    return tuple(_index(_folded(each)) for each in _objects(_folded(design), "indices"))


def _index(members: Mapping[str, Any]) -> WantedIndex:
    names = members.get("columnnames")
    given = names if isinstance(names, list) else [names]
    columns = [name for each in given if isinstance(name := plain(each), str)]
    if not columns or len(columns) != len(given):
        raise BadDesign("An index needs columnNames, a list of names of fields.", "indices")
    unique = plain(members.get("unique", members.get("type")))
    is_unique = unique is True or str(unique).strip().lower() in {*_TRUE, "unique"}
    return WantedIndex(tuple(dict.fromkeys(columns)), is_unique)


def _folded(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in sent.items()}


def _objects(members: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = members.get(name.lower())
    given = value if isinstance(value, list) else [value] if value else []
    if len(given) > max(_MOST_ENTRIES, MOST_FIELDS * 10) or not all(isinstance(each, dict) for each in given):
        raise BadDesign(f"{name} must be a list of objects.", name)
    return given


def _flag(members: Mapping[str, Any], name: str, field: str) -> bool:
    value = plain(members[name.lower()])
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise BadDesign(f"The property '{name}' of field '{field[:100]}' must be true or false.", field)


def _number(members: Mapping[str, Any], name: str, field: str) -> int | None:
    value = plain(members.get(name.lower()))
    if value in (None, ""):
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        return int(float(value)) if isinstance(value, str | float) else int(value)
    except (TypeError, ValueError, OverflowError):
        raise BadDesign(f"The property '{name}' of field '{field[:100]}' must be a number.", field) from None


def _phi(sent: Mapping[str, Any], field: str) -> str | None:
    """Read the PHI level. It is answered under two names; where they differ, the more guarded one holds."""
    given = [plain(value) for name, value in sent.items() if name.lower() == "phi"]
    levels = []
    for value in (each for each in given if each not in (None, "")):
        level = _PHI.get(str(value).lower())
        if level is None:
            known = ", ".join(each.wire_name for each in PhiLevel)
            raise BadDesign(f"The PHI level of field '{field[:100]}' must be one of: {known}.", field)
        levels.append(level)
    return max(levels).wire_name if levels else None


def _aliases(sent: Mapping[str, Any]) -> str | None:
    value = next(value for name, value in sent.items() if name.lower() == "importaliases")
    if not isinstance(value, list):
        return text_of(sent, "importAliases")
    return ", ".join(f'"{each}"' if " " in str(each) else str(each) for each in value) or None


def _format(sent: Mapping[str, Any]) -> dict[str, Any]:
    members = _folded(sent)
    texts = {name: text_of(sent, name) for name in _FORMAT_TEXTS}
    flags = {name: _flag(members, name, name) for name in _FORMAT_FLAGS if name in members}
    return {**texts, **dict.fromkeys(_FORMAT_FLAGS, False), **flags}
