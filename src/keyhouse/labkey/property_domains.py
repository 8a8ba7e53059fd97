"""The controller ``property``: make, show, change and delete lists as domains (client-api.md, section 14)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.labkey.property_answer import DEFAULT_OPTIONS, domain_answer, kind_of, options_answer
from keyhouse.labkey.property_design import plain, read_fields, read_indices, text_of
from keyhouse.labkey.property_errors import answered
from keyhouse.labkey.property_find import asked_design, changeable_design
from keyhouse.lists.errors import BadDesign, NotOffered
from keyhouse.lists.find import designs_in
from keyhouse.lists.wanted import KEY_TYPES, RESERVED, WantedField, WantedList
from keyhouse.schemas.lists import readable_homes
from keyhouse.schemas.phi import guarded_fields
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
_KINDS = {"intlist": ("AutoIncrementInteger", "Integer"), "varlist": ("Varchar",), "list": tuple(KEY_TYPES)}


@actions.add("property-createDomain", methods=["POST"], permission=Permission.ADMIN)
def create_domain(call: Call) -> dict[str, Any]:
    """Make a list."""
    with answered(call):
        kind = text_of(call.parameters.body, "kind") or text_of(call.parameters.body, "domainKind") or ""
        design, options = _object(call, "domainDesign"), _object(call, "options")
        _refuse_templates(call)
        if kind.lower() not in _KINDS:
            raise NotOffered(
                f"This server has no domains of the kind '{kind[:100]}'; it keeps lists: IntList, VarList."
            )
        key_type = _key_type(kind, options)
        wanted = _wanted(design, options)
        wanted = replace(wanted, fields=tuple(_beside_standard(each) for each in wanted.fields))
        key_name = (text_of(options, "keyName") or "").strip()
        made = call.site.lists.create(call.folder, wanted, key_name, key_type, call.caller)
    return {"success": True, **domain_answer(call, made)}


@actions.add("property-getDomain", permission=Permission.READ, is_csrf_exempt=True)
def get_domain(call: Call) -> dict[str, Any]:
    """Show the design of a list."""
    with answered(call):
        return {"success": True, **domain_answer(call, asked_design(call))}


@actions.add("property-getDomainDetails", permission=Permission.READ, is_csrf_exempt=True)
def get_domain_details(call: Call) -> dict[str, Any]:
    """Show the design of a list and its options."""
    with answered(call):
        design = asked_design(call)
        return {
            "success": True,
            "domainDesign": domain_answer(call, design),
            "domainKindName": kind_of(design),
            "options": options_answer(call, design),
        }


@actions.add("property-saveDomain", methods=["POST"], permission=Permission.READ)
def save_domain(call: Call) -> dict[str, Any]:
    """Change a list to the design that is sent: what is not in it is dropped."""
    with answered(call):
        sent, options = _object(call, "domainDesign"), _object(call, "options")
        design = changeable_design(call, sent)
        _refuse_stranger(design.id, sent)
        wanted = _wanted({"name": design.name, **sent}, options)
        saved = call.site.lists.save(design, wanted, call.caller, guarded_fields(call, design))
    return {"success": True, **domain_answer(call, saved)}


@actions.add("property-deleteDomain", methods=["POST"], permission=Permission.READ)
def delete_domain(call: Call) -> dict[str, Any]:
    """Delete a list and its rows."""
    with answered(call):
        sent = _object(call, "domainDesign")
        call.site.lists.delete(changeable_design(call, sent), call.caller)
    return {"success": True, "message": "Domain deleted"}


@actions.add("property-listDomains", permission=Permission.READ, is_csrf_exempt=True)
def list_domains(call: Call) -> dict[str, Any]:
    """List the lists of a folder, with those of its project and of /Shared where asked."""
    with answered(call):
        kinds = {str(kind).lower() for kind in call.parameters.all("domainKinds")}
        homes = readable_homes(call)
        if not call.parameters.flag("includeProjectAndShared"):
            homes = [folder for folder in homes if folder.id == call.folder.id]
        has_fields = call.parameters.flag("includeFields", default=True)
        designs = [each for each in designs_in(homes) if not kinds or kinds & {kind_of(each).lower(), "list"}]
        return {"success": True, "data": [domain_answer(call, each, has_fields) for each in designs]}


def _wanted(design: Mapping[str, Any], options: Mapping[str, Any]) -> WantedList:
    description = text_of(options, "description")
    return WantedList(
        name=text_of(design, "name") or text_of(options, "name") or "",
        fields=read_fields(design),
        indices=read_indices(design),
        description=(description if description is not None else text_of(design, "description")) or "",
        options=_kept_options(options),
    )


def _kept_options(options: Mapping[str, Any]) -> dict[str, Any]:
    known = {name.lower(): name for name in DEFAULT_OPTIONS}
    kept = {known[name.lower()]: plain(value) for name, value in options.items() if name.lower() in known}
    # What is a text by default is one always: the title column is compared with names.
    kept |= {name: text_of(options, name) for name in kept if DEFAULT_OPTIONS[name] is None}
    for name, value in kept.items():
        if isinstance(value, list | dict) or (isinstance(value, str) and len(value) > 10_000):
            raise BadDesign(f"The option '{name}' must be a short text, a number, true or false.", name)
    return kept


def _key_type(kind: str, options: Mapping[str, Any]) -> str:
    given, supported = (text_of(options, "keyType") or "").strip(), _KINDS[kind.lower()]
    if not given:
        return supported[0]
    found = next((name for name in KEY_TYPES if name.lower() == given.lower()), given)
    if found in KEY_TYPES and found not in supported:
        raise BadDesign(f"List keyType provided is not supported for list domain kind ({kind[:100]}).", "keyType")
    return found


def _beside_standard(field: WantedField) -> WantedField:
    """Rename a new field that has the name of a standard column, as the original does."""
    if field.name.casefold() not in RESERVED:
        return field
    label = field.properties.get("label") or field.name
    return replace(field, name=f"_{field.name}", properties={**field.properties, "label": label})


def _object(call: Call, name: str) -> dict[str, Any]:
    value = next((value for key, value in call.parameters.body.items() if key.lower() == name.lower()), None)
    if isinstance(value, dict):
        return value
    if value in (None, []):
        return {}
    raise BadDesign(f"{name} must be an object.", name)


def _refuse_templates(call: Call) -> None:
    if any(text_of(call.parameters.body, name) for name in ("domainTemplate", "domainGroup", "module")):
        raise NotOffered("This server has no domain templates. Send the fields in domainDesign instead.")


def _refuse_stranger(design_id: int, sent: Mapping[str, Any]) -> None:
    """Refuse the design of another list: a client that mixed up two lists would destroy the fields of one."""
    given = plain(sent.get("domainId"))
    if given not in (None, "", 0, -1) and str(given) != str(design_id):
        raise BadDesign("The domainId of the design is that of another list.", "domainId")
