"""Versions of resources as weak entity tags (RFC 7644, section 3.14)."""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
from scim2_models import Context, Meta, PreconditionFailedException, Resource

from keyhouse.web.call import Call


def base_of(call: Call) -> str:
    """Return the address of the service, without a slash at the end."""
    return f"{call.site.boot.url}/scim/v2"


def stamp(resource: Resource[Any], meta: Meta) -> None:
    """Give a resource its meta attributes: the version is a digest of all the others."""
    told = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    digest = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]
    meta.version = f'W/"{digest}"'
    resource.meta = meta


def withhold_versions(resources: Iterable[Resource[Any]]) -> None:
    """Give resources that were not told as a whole no version: it would be that of another representation."""
    for resource in resources:
        if resource.meta is not None:
            resource.meta.version = None


def version_of(resource: Resource[Any]) -> str:
    """Return the entity tag of a stamped resource."""
    return str(resource.meta.version) if resource.meta else ""


def check_if_match(call: Call, resource: Resource[Any]) -> None:
    """Refuse to change what is not what the client has read. Raises `PreconditionFailedException`."""
    wanted = call.request.headers.get("If-Match", "").strip()
    if wanted and wanted != "*" and version_of(resource) not in _tags(wanted):
        raise PreconditionFailedException(detail="It has changed since you read it. Read it again.")


def is_unchanged(call: Call, resource: Resource[Any]) -> bool:
    """Tell whether the client has this version already."""
    return version_of(resource) in _tags(call.request.headers.get("If-None-Match", ""))


def _tags(header: str) -> set[str]:
    # A weak comparison: some clients drop the mark of weakness.
    tags = {tag.strip() for tag in header.split(",")}
    return tags | {f"W/{tag}" for tag in tags if tag.startswith('"')}
