"""The controller ``property``: change single fields of a list (client-api.md, section 14)."""

from collections.abc import Mapping
from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.labkey.property_answer import domain_answer
from keyhouse.labkey.property_design import plain, read_fields
from keyhouse.labkey.property_errors import answered
from keyhouse.labkey.property_field import field_sent
from keyhouse.labkey.property_find import changeable_design
from keyhouse.lists.errors import BadDesign
from keyhouse.lists.find import fields_of
from keyhouse.lists.models import ListDesign
from keyhouse.lists.wanted import WantedField, WantedIndex, WantedList
from keyhouse.schemas.phi import guarded_fields
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()


@actions.add("property-updateDomain", methods=["POST"], permission=Permission.READ)
def update_domain(call: Call) -> dict[str, Any]:
    """Add the fields of `create`, change those of `update`, drop those whose ids are in `delete`, all or none."""
    with answered(call):
        design = changeable_design(call)
        body = {name.lower(): value for name, value in call.parameters.body.items()}
        saved = call.site.lists.save(design, _wanted(design, body), call.caller, guarded_fields(call, design))
    return {"success": True, **domain_answer(call, saved)}


def _wanted(design: ListDesign, body: Mapping[str, Any]) -> WantedList:
    fields = _fields(design, body)
    kept = {each.name.casefold() for each in fields}
    indices = (WantedIndex(tuple(index["columnNames"]), index["unique"]) for index in _renamed(design, fields))
    return WantedList(
        name=design.name,
        fields=fields,
        # An index over a dropped field goes with the field.
        indices=tuple(index for index in indices if all(name.casefold() in kept for name in index.names)),
        description=design.description,
    )


def _fields(design: ListDesign, body: Mapping[str, Any]) -> tuple[WantedField, ...]:
    present = {field.id: field for field in fields_of(design)}
    deleted = _ids(body.get("delete"), present)
    sent = {_id(each): each for each in _objects(body.get("update"), "update")}
    _ids(list(sent), present)
    old = [{**field_sent(field), **sent.get(id_, {})} for id_, field in present.items() if id_ not in deleted]
    return read_fields({"fields": [*old, *_objects(body.get("create"), "create")]})


def _renamed(design: ListDesign, fields: tuple[WantedField, ...]) -> list[dict[str, Any]]:
    names = {each.id: each.name for each in fields}
    now = {field.name.casefold(): names.get(field.id, field.name) for field in fields_of(design)}
    return [
        {**index, "columnNames": [now[name.casefold()] for name in index["columnNames"]]} for index in design.indices
    ]


def _ids(sent: Any, present: Mapping[int, Any]) -> set[int]:
    ids = {_number(each) for each in (sent if isinstance(sent, list) else [sent] if sent is not None else [])}
    if unknown := ids - present.keys():
        raise BadDesign(f"This list has no field with the propertyId {sorted(unknown)[0]}.")
    return ids


def _id(sent: Mapping[str, Any]) -> int:
    return _number(next((value for name, value in sent.items() if name.lower() == "propertyid"), None))


def _number(value: Any) -> int:
    try:
        return int(plain(value))
    except (TypeError, ValueError, OverflowError):
        raise BadDesign("Each field of update needs its propertyId, and delete is a list of such ids.") from None


def _objects(sent: Any, name: str) -> list[dict[str, Any]]:
    found = sent if isinstance(sent, list) else [] if sent in (None, {}) else [sent]
    if not all(isinstance(each, dict) for each in found):
        raise BadDesign(f"{name} must be a list of fields.", name)
    return found
