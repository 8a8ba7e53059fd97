"""Bring a design to what is wanted: which field is which, what is new, what is renamed, what changes its type."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from keyhouse.core.phi import PhiLevel
from keyhouse.lists.errors import BadDesign
from keyhouse.lists.find import folded
from keyhouse.lists.models import ListDesign, ListField
from keyhouse.lists.types import DEFAULT_SCALE, TYPES
from keyhouse.lists.wanted import WantedField, WantedList

_MORE_THAN_YOU = "You may not see the values of field '{}', so {}. Ask somebody who may see them."


def apply(
    wanted: WantedList, design: ListDesign, fields: list[ListField], *, is_new: bool = False, key_name: str = ""
) -> None:
    """Change a design and the list of its fields in memory. Raise BadDesign where the key would be lost or changed."""
    matched = _matched(wanted.fields, fields)
    if not is_new:
        _keep_key(fields, matched)
    fields[:] = [_changed(each, old) for each, old in matched]
    for field in fields:
        field.is_key = field.is_key or (is_new and folded(field.name) == folded(key_name))
    design.name, design.folded_name = wanted.name, folded(wanted.name)
    design.description = wanted.description
    design.options = {**design.options, **wanted.options}
    design.indices = [{"columnNames": list(index.names), "unique": index.is_unique} for index in wanted.indices]


def check_guarded(
    wanted: WantedList, design: ListDesign, fields: Sequence[ListField], guarded: Collection[int]
) -> None:
    """Raise BadDesign for a change that tells of values in fields which the caller may not see.

    To lower a level is to read the field; and errors about new types, lengths and indices tell of the rows.
    """
    matched = [(each, old) for each, old in _matched(wanted.fields, fields) if old and old.id in guarded]
    for each, old in matched:
        if _level(each.properties.get("PHI", old.properties.get("PHI"))) < _level(old.properties.get("PHI")):
            raise BadDesign(_MORE_THAN_YOU.format(old.name, "you cannot lower its PHI level"), old.name)
        if _asks_of_values(each, old):
            raise BadDesign(_MORE_THAN_YOU.format(old.name, "you can neither change its type nor limit it"), old.name)
    names = {folded(name) for each, old in matched for name in (each.name, old.name)}
    kept = {frozenset(map(folded, index["columnNames"])) for index in design.indices if index["unique"]}
    for index in wanted.indices:
        covered = frozenset(map(folded, index.names))
        if index.is_unique and names & covered and covered not in kept:
            raise BadDesign("You cannot make a field unique whose values you may not see.", "indices")


def _asks_of_values(wanted: WantedField, old: ListField) -> bool:
    """Tell whether a change is one that values can stand against."""
    is_retyped = not old.is_key and TYPES[old.type.lower()].stored is not wanted.type.stored
    is_required = bool(wanted.properties.get("required")) and not old.properties.get("required")
    scale, had = (each.get("scale") or DEFAULT_SCALE for each in (wanted.properties, old.properties))
    return is_retyped or is_required or scale < had


def described(design: ListDesign, fields: Sequence[ListField]) -> dict[str, Any]:
    """Describe a design for the audit log."""
    return {
        "name": design.name,
        "description": design.description,
        "keyType": design.key_type,
        "options": design.options,
        "indices": design.indices,
        "fields": [_described(field) for field in fields],
    }


def _described(field: ListField) -> dict[str, Any]:
    told = {name: value for name, value in field.properties.items() if value not in (None, "", [], False)}
    return {"name": field.name, "type": field.type, **({"isKey": True} if field.is_key else {}), **told}


def _matched(wanted: Sequence[WantedField], fields: Sequence[ListField]) -> list[tuple[WantedField, ListField | None]]:
    """Find the fields that are meant: by id first, then, so that no rows are lost, by name."""
    by_id = {field.id: field for field in fields}
    claimed = [each.id for each in wanted if each.id in by_id]
    if len(set(claimed)) != len(claimed):
        raise BadDesign("Two fields of this design claim to be the same field of the list.")
    by_name = {folded(field.name): field for field in fields if field.id not in claimed}
    return [(each, by_id.get(each.id or 0) or by_name.get(folded(each.name))) for each in wanted]


def _keep_key(fields: Sequence[ListField], matched: Sequence[tuple[WantedField, ListField | None]]) -> None:
    key = next(field for field in fields if field.is_key)
    new = next((each for each, old in matched if old is key), None)
    if new is None:
        raise BadDesign(f"Key field not provided, expecting key field '{key.name}'", key.name)
    if folded(new.name) != folded(key.name):
        raise BadDesign("Cannot change key field name", key.name)


def _changed(wanted: WantedField, old: ListField | None) -> ListField:
    # The design of the key decides its type: clients send what R or a spreadsheet inferred.
    type_ = wanted.type if old is None or not old.is_key else TYPES[old.type.lower()]
    field = old or ListField(storage=_made_up(), type=type_.name)
    if TYPES[field.type.lower()].stored is not type_.stored:
        field.taken_from, field.taken_type = field.storage, field.type
        field.storage = _made_up()
    # A client that does not know PHI levels must not take one away by saving.
    kept = {"PHI": field.properties["PHI"]} if "PHI" in field.properties else {}
    field.name, field.type, field.properties = wanted.name, type_.name, {**kept, **wanted.properties}
    return field


def _level(name: object) -> PhiLevel:
    found = PhiLevel.named(str(name or PhiLevel.NOT_PHI.wire_name))
    return PhiLevel.RESTRICTED if found is None else found


def _made_up() -> str:
    return f"field_{uuid.uuid4().hex}"
