"""A field of a list as a domain's field on the wire (client-api.md, section 14), with what stands for nothing."""

from typing import Any

from keyhouse.labkey.property_members import FLAGS, TEXTS
from keyhouse.lists.models import ListDesign, ListField
from keyhouse.lists.types import DEFAULT_SCALE, TYPES

_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(TEXTS),
    **dict.fromkeys(FLAGS, False),
    "shownInInsertView": True,
    "shownInUpdateView": True,
    "shownInDetailsView": True,
    "shownInLookupView": True,
    "defaultScale": "LINEAR",
    "facetingBehaviorType": "AUTOMATIC",
    "propertyValidators": [],
    "conditionalFormats": [],
    "PHI": "NotPHI",
}


def field_answer(design: ListDesign, field: ListField, is_lookup_valid: bool) -> dict[str, Any]:
    """Describe a field; PHI level and URL stand under both names that clients know."""
    known = {name: value for name, value in field.properties.items() if value is not None}
    told = {**_DEFAULTS, "measure": _is_measure(field), "dimension": "lookupQuery" in known, **known}
    return {
        "name": field.name,
        "propertyId": field.id,
        "propertyURI": f"{design.domain_uri}#{field.id}",
        "rangeURI": TYPES[field.type.lower()].range_uri,
        **told,
        "url": told["URL"],
        "phi": told["PHI"],
        "container": str(design.folder.entity_id),
        "scale": known.get("scale") or DEFAULT_SCALE,
        "primaryKey": field.is_key,
        "lookupIsValid": is_lookup_valid,
        "typeEditable": not field.is_key,
    }


def field_sent(field: ListField) -> dict[str, Any]:
    """Describe a field as a client would send it to keep it as it is."""
    return {"name": field.name, "propertyId": field.id, "rangeURI": field.type, **field.properties}


def _is_measure(field: ListField) -> bool:
    is_number = field.type in {"int", "long", "double", "float", "decimal"}
    return is_number and not field.is_key and not field.properties.get("lookupQuery")
