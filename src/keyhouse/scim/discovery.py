"""What the service says of itself (RFC 7644, section 4): its configuration, its resource types, its schemas."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    ETag,
    Filter,
    ForbiddenException,
    Meta,
    NotFoundException,
    Patch,
    Resource,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)

from keyhouse.scim.answers import listed
from keyhouse.scim.resources import Group, User

MOST_RESULTS = 200
POLICY = ScimPolicy(
    # Directories send all they know of a person. What is not kept here is passed over.
    unknown=ScimPolicy.Unknown.ignore,
    # Entra ID names the members to remove in the value, and writes to addresses that are not there yet.
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
_CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="API key as a Bearer token",
            description="Authorization: Bearer, with the API key of a service account that is Account Provisioner",
            primary=True,
        ),
        AuthenticationScheme(
            type=AuthenticationScheme.Type.httpbasic,
            name="API key over Basic",
            description="Authorization: Basic, with the user name apikey and the API key as password",
        ),
    ],
)
PROVIDER = ScimProvider(models=[User, Group], config=_CONFIG, policy=POLICY)


def discover(base: str, path: Sequence[str], is_filtered: bool) -> dict[str, Any]:
    """Return one of the documents. Raises `NotFoundException`, and `ForbiddenException` for a filter."""
    if is_filtered:
        # RFC 7644, section 4: a client must not take a part for the whole.
        raise ForbiddenException(detail="The descriptions of this service cannot be filtered.")
    return _document(base, tuple(path))


@lru_cache(maxsize=64)
def _document(base: str, path: tuple[str, ...]) -> dict[str, Any]:
    if path == ("ServiceProviderConfig",):
        return _dumped(_CONFIG, "ServiceProviderConfig", f"{base}/ServiceProviderConfig")
    described = _described(base, path[0])
    if len(path) == 1:
        return listed(list(described.values()), len(described))
    if len(path) == 2 and path[1] in described:
        return described[path[1]]
    raise NotFoundException(detail="There is no such description here.")


def _described(base: str, kind: str) -> dict[str, dict[str, Any]]:
    found: Sequence[Resource[Any]] = PROVIDER.schemas if kind == "Schemas" else PROVIDER.resource_types
    name = "Schema" if kind == "Schemas" else "ResourceType"
    return {str(each.id): _dumped(each, name, f"{base}/{kind}/{each.id}") for each in found}


def _dumped(resource: Resource[Any], kind: str, location: str) -> dict[str, Any]:
    told = resource.model_copy(deep=True)
    told.meta = Meta(resource_type=kind, location=location)
    return told.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
