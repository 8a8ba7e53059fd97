"""Which list a request about a domain means: by schema and query name, by id or by URI."""

from collections.abc import Mapping
from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.labkey.property_answer import SCHEMA
from keyhouse.lists.find import design_named, design_of_id
from keyhouse.lists.models import ListDesign
from keyhouse.schemas.lists import readable_homes
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound


def asked_design(call: Call, domain: Mapping[str, Any] | None = None) -> ListDesign:
    """Find the list that a request names, in the folder of the call, its project or /Shared. Raises `NotFound`.

    `domain` is the design that a request brings along; it is asked for its id where nothing else is named.
    """
    parameters = call.parameters
    schema, query = parameters.text("schemaName").strip(), parameters.text("queryName").strip()
    if schema or query:
        found = design_named(query, readable_homes(call)) if schema.casefold() == SCHEMA and query else None
        if found is None:
            raise NotFound(f"Could not find domain for schemaName={schema[:200]}, queryName={query[:200]}.")
        return found
    domain_id = parameters.number("domainId") or _number((domain or {}).get("domainId"))
    found = design_of_id(domain_id, [folder.id for folder in readable_homes(call)]) if domain_id else None
    if found is None:
        raise NotFound(f"Could not find domain for domainId={domain_id or ''}.")
    return found


def changeable_design(call: Call, domain: Mapping[str, Any] | None = None) -> ListDesign:
    """Find the list that a request names and may change: its own folder decides who may design it."""
    design = asked_design(call, domain)
    call.require(Permission.ADMIN, design.folder)
    return design


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
