"""What a filter says outright, so that the database need not give all there is (RFC 7644, section 3.4.2.2)."""

from typing import Any

from scim2_models import InvalidFilterException, Resource, SearchRequest
from scim2_models.path import AttrPath, CompareOperator, Comparison, LogicalExpr, LogicalOperator

from keyhouse.web.call import Call

LONGEST_FILTER = 1000
_LAST = 2**31
_PARAMETERS = ("filter", "startIndex", "count", "attributes", "excludedAttributes")


def search_of(call: Call, model: type[Resource[Any]], body: dict[str, Any] | None = None) -> SearchRequest[Any]:
    """Return what is asked for, in the query string or in the body of a ``.search``."""
    asked = {name: call.request.GET[name] for name in _PARAMETERS if name in call.request.GET}
    if body is not None:
        asked = {name: body[name] for name in _PARAMETERS if name in body}
    if len(str(asked.get("filter", ""))) > LONGEST_FILTER:
        raise InvalidFilterException(detail=f"A filter has at most {LONGEST_FILTER} characters here.")
    if any("\0" in str(value) for value in asked.values()):
        raise InvalidFilterException(detail="A parameter of this request contains a NUL character.")
    search: SearchRequest[Any] = SearchRequest[model].model_validate(asked)  # type: ignore[valid-type]
    # A number that no database can count to is a page that nobody has.
    search.start_index = min(search.start_index or 1, _LAST)
    return search


def equalities(search: SearchRequest[Any]) -> dict[str, str]:
    """Return the attributes, in lower case, that must have these texts: what is not told here must still be matched."""
    if search.filter is None:
        return {}
    top = search.filter.ast
    terms = top.terms if isinstance(top, LogicalExpr) and top.op is LogicalOperator.and_ else (top,)
    return {name: term.value for term in terms if isinstance(term, Comparison) and (name := _name(term))}


def number_of(text: str | None) -> int | None:
    """Return the id that a text is, or None where it can be none."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > 10:
        return None
    number = int(text)
    return number if 0 < number < 2**31 else None


def _name(term: Comparison) -> str:
    path: AttrPath = term.attr_path
    is_plain = term.op is CompareOperator.eq and path.sub_attr is None and isinstance(term.value, str)
    return path.attr.lower() if is_plain else ""
