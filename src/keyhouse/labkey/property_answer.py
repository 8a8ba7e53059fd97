"""A list as a domain on the wire (client-api.md, section 14): the design, its fields, its options."""

from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.data import Finder, Lookup
from keyhouse.labkey.property_field import field_answer
from keyhouse.lists.find import fields_of
from keyhouse.lists.models import ListDesign, ListField
from keyhouse.lists.wanted import STANDARD
from keyhouse.schemas.asking import finder
from keyhouse.schemas.phi import hidden_fields
from keyhouse.web.call import Call
from keyhouse.web.errors import WireError

SCHEMA = "lists"
DEFAULT_OPTIONS: dict[str, Any] = {
    "titleColumn": None,
    "discussionSetting": 0,
    "allowDelete": True,
    "allowUpload": True,
    "allowExport": True,
    "entireListIndex": False,
    "entireListIndexSetting": 0,
    "entireListTitleTemplate": None,
    "entireListBodySetting": 0,
    "entireListBodyTemplate": None,
    "eachItemIndex": False,
    "eachItemTitleTemplate": None,
    "eachItemBodySetting": 0,
    "eachItemBodyTemplate": None,
    "fileAttachmentIndex": False,
}


def kind_of(design: ListDesign) -> str:
    """Return the domain kind of a list, which its key decides."""
    return "VarList" if design.key_type == "Varchar" else "IntList"


def domain_answer(call: Call, design: ListDesign, has_fields: bool = True) -> dict[str, Any]:
    """Describe a list as a domain, without the fields whose names the caller is not told."""
    fields, find = told_fields(call, design), finder(call)
    names = {field.name.casefold() for field in fields}
    indices = [each for each in design.indices if names.issuperset(map(str.casefold, each["columnNames"]))]
    return {
        "name": design.name,
        "domainId": design.id,
        "domainURI": design.domain_uri,
        "domainKindName": kind_of(design),
        "description": design.description or None,
        "container": str(design.folder.entity_id),
        "schemaName": SCHEMA,
        "queryName": design.name,
        "fields": [field_answer(design, each, _is_lookup_valid(find, each)) for each in fields] if has_fields else [],
        "calculatedFields": [],
        "standardFields": [],
        "indices": [{**index, "type": "unique" if index["unique"] else "nonunique"} for index in indices],
        **_allowances(),
        "showDefaultValueSettings": False,
        "defaultDefaultValueType": "FIXED_EDITABLE",
        "defaultValueOptions": [],
        "mandatoryFieldNames": [field.name for field in fields if field.is_key],
        "reservedFieldNames": list(STANDARD),
        "reservedFieldNamePrefixes": [],
        "phiNotAllowedFieldNames": [],
        "disabledSystemFields": [],
        "excludeFromExportFieldNames": [],
        "templateDescription": None,
        "instructions": None,
        "provisioned": True,
        "supportsPhiLevel": True,
    }


def options_answer(call: Call, design: ListDesign) -> dict[str, Any]:
    """Describe what a list is beside its fields."""
    fields = told_fields(call, design)
    names = {field.name.casefold() for field in fields}
    title = str(design.options.get("titleColumn") or "")
    return {
        "listId": design.id,
        "domainId": design.id,
        "name": design.name,
        "description": design.description or None,
        "keyName": next((field.name for field in fields if field.is_key), None),
        "keyType": design.key_type,
        "entityId": str(design.entity_id),
        "containerPath": design.folder.path,
        **DEFAULT_OPTIONS,
        **design.options,
        "titleColumn": design.options.get("titleColumn") if not title or title.casefold() in names else None,
    }


def told_fields(call: Call, design: ListDesign) -> list[ListField]:
    """Return the fields of a list whose names the caller is told: whoever may design it is told all."""
    fields = fields_of(design)
    hidden = set() if call.may(Permission.ADMIN, design.folder) else hidden_fields(call, design, fields)
    return [field for field in fields if field.name not in hidden]


def _allowances() -> dict[str, bool]:
    refused = ("Attachment", "FileLink", "Flag", "Timepoint", "MultiChoice", "Calculated", "UserSingle")
    return {
        **{f"allow{name}Properties": False for name in refused},
        "allowTextChoiceProperties": True,
        "allowSampleSubjectProperties": False,
        "allowUniqueConstraintProperties": True,
    }


def _is_lookup_valid(find: Finder, field: ListField) -> bool:
    """Tell whether what a field looks up is there, for this caller; a field that looks nothing up is in order."""
    known = field.properties
    if not known.get("lookupQuery"):
        return True
    lookup = Lookup(known.get("lookupSchema") or "", known["lookupQuery"], "", known.get("lookupContainer") or "")
    try:
        return find(lookup) is not None
    except WireError:
        return False
