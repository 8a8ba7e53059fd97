"""From a path to a resource and back (RFC 7644, section 3); whatever goes wrong becomes an error of the RFC."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    ForbiddenException,
    NotFoundException,
    NotImplementedException,
    PatchOp,
    Resource,
    SCIMException,
    SearchRequest,
)

from keyhouse.accounts.names import AccountError, NameTaken
from keyhouse.audit import Kind, Outcome
from keyhouse.authz.powers import LastAdministrator, keeping_an_administrator
from keyhouse.scim.answers import answer, error, listed
from keyhouse.scim.body import read, without_nulls
from keyhouse.scim.discovery import MOST_RESULTS, PROVIDER, discover
from keyhouse.scim.endpoint import Endpoint
from keyhouse.scim.finding import equalities, number_of, search_of
from keyhouse.scim.groups import Groups
from keyhouse.scim.people import People
from keyhouse.scim.versions import base_of, check_if_match, is_unchanged, version_of
from keyhouse.web.call import Call

_ENDPOINTS: dict[str, Callable[[Call], Endpoint]] = {"users": People, "groups": Groups}
_DISCOVERY = {name.lower(): name for name in ("ServiceProviderConfig", "ResourceTypes", "Schemas")}
_NOT_DONE = {
    "bulk": "There are no bulk operations here. Send one request for each resource.",
    "me": "A key is nobody's account here. Look people up under /Users.",
}
_READS = frozenset({"GET", "HEAD"})
_NOT_HERE = "There is nothing here. See /ResourceTypes for what there is."


class MethodNotAllowed(SCIMException):
    """The address is right and the method is not."""

    status = 405

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(detail=f"Here one may {self.allowed}.")


def serve(call: Call) -> HttpResponse:
    """Answer a request of who may provision."""
    try:
        with PROVIDER:
            return _answer(call)
    except ForbiddenException as refused:
        call.record(Kind.ACCESS_REFUSED, f"{call.action.name}: {refused}", Outcome.REFUSED)
        return _error(refused.to_error())
    except MethodNotAllowed as wrong:
        response = _error(wrong.to_error())
        response["Allow"] = wrong.allowed
        return response
    except SCIMException as wrong:
        return _error(wrong.to_error())
    except ValidationError as wrong:
        return _error(Error.from_validation_errors(wrong)[0])
    except NameTaken as wrong:
        # Somebody else was quicker, since it was looked for.
        return error(409, str(wrong), "uniqueness")
    except AccountError as wrong:
        return error(400, str(wrong), "invalidValue")
    except LastAdministrator as refused:
        return error(403, str(refused))


def _answer(call: Call) -> HttpResponse:
    path = [part for part in call.request.path_info.split("/") if part][2:]
    if path and (name := _DISCOVERY.get(path[0].lower())):
        _check_method(call, _READS)
        return answer(discover(base_of(call), [name, *path[1:]], "filter" in call.request.GET))
    if path == [".search"]:
        raise NotImplementedException(detail="Search one kind at a time: /Users/.search or /Groups/.search.")
    if path and path[0].lower() in _NOT_DONE:
        raise NotImplementedException(detail=_NOT_DONE[path[0].lower()])
    if not path or path[0].lower() not in _ENDPOINTS or len(path) > 2:
        raise NotFoundException(detail=_NOT_HERE)
    endpoint = _ENDPOINTS[path[0].lower()](call)
    if len(path) == 1:
        return _collection(call, endpoint)
    if path[1] == ".search":
        _check_method(call, frozenset({"POST"}))
        return _list(call, endpoint, search_of(call, endpoint.model, read(call)))
    return _resource(call, endpoint, path[1])


def _collection(call: Call, endpoint: Endpoint) -> HttpResponse:
    _check_method(call, _READS | {"POST"})
    if call.request.method != "POST":
        return _list(call, endpoint, search_of(call, endpoint.model))
    wanted = endpoint.model.model_validate(read(call), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    with keeping_an_administrator():
        made = endpoint.told([endpoint.create(wanted)])[0]
    return _one(call, endpoint, made, 201)


def _list(call: Call, endpoint: Endpoint, search: SearchRequest[Any]) -> HttpResponse:
    rows = endpoint.rows(equalities(search))
    first, count = search.start_index_0 or 0, MOST_RESULTS if search.count is None else min(search.count, MOST_RESULTS)
    without = [str(path).lower() for path in search.excluded_attributes or ()]
    if search.filter is None:
        total, page = rows.count(), endpoint.told(rows[first : first + count], without) if count else []
    else:
        found = [each for each in endpoint.told(rows) if search.filter.match(each)]
        total, page = len(found), found[first : first + count]
    call.record(Kind.ACCOUNTS_READ, f"A directory read {len(page)} of {total} {endpoint.name.lower()}.")
    told = [each.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search) for each in page]
    return answer(listed(told, total, first + 1))


def _resource(call: Call, endpoint: Endpoint, text: str) -> HttpResponse:
    _check_method(call, _READS | {"PUT", "PATCH", "DELETE"})
    if call.request.method in _READS:
        resource = endpoint.told([_find(endpoint, text)])[0]
        call.record(Kind.ACCOUNTS_READ, f"A directory read one of the {endpoint.name.lower()}.")
        if is_unchanged(call, resource):
            return answer(None, 304, ETag=version_of(resource))
        return _one(call, endpoint, resource)
    body = None if call.request.method == "DELETE" else read(call)
    with keeping_an_administrator():
        account = _find(endpoint, text, is_locked=True)
        before = endpoint.told([account])[0]
        check_if_match(call, before)
        if body is None:
            endpoint.delete(account)
            return answer(None, 204)
        wanted, is_changed = _wanted(call, endpoint, before, body)
        if is_changed:
            endpoint.change(account, wanted)
        after = endpoint.told([account])[0]
    return _one(call, endpoint, after)


def _wanted(call: Call, endpoint: Endpoint, before: Resource[Any], body: dict[str, Any]) -> tuple[Resource[Any], bool]:
    if call.request.method == "PUT":
        wanted = endpoint.model.model_validate(body, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        return wanted, wanted.replace(before)
    patch = PatchOp[endpoint.model].model_validate(without_nulls(body), scim_ctx=Context.RESOURCE_PATCH_REQUEST)  # type: ignore[name-defined]
    wanted = before.model_copy(deep=True)
    return wanted, patch.patch(wanted)


def _find(endpoint: Endpoint, text: str, is_locked: bool = False) -> Any:
    number = number_of(text)
    rows = endpoint.rows({"id": str(number)})
    # Two changes at once, each of what it read, must not undo each other.
    found = (rows.select_for_update(of=("self",)) if is_locked else rows).first() if number is not None else None
    if found is None:
        raise NotFoundException(detail="There is no such resource, or it was deleted.")
    return found


def _one(call: Call, endpoint: Endpoint, resource: Resource[Any], status: int = 200) -> HttpResponse:
    search = search_of(call, endpoint.model)
    told = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search)
    location = str(resource.meta.location) if resource.meta else ""
    return answer(told, status, Location=location, ETag=version_of(resource))


def _check_method(call: Call, allowed: frozenset[str]) -> None:
    if call.request.method not in allowed:
        raise MethodNotAllowed(allowed)


def _error(told: Error) -> HttpResponse:
    return error(told.status or 400, told.detail or "This request is wrong.", told.scim_type or "")
