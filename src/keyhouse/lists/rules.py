"""The validators of a field (client-api.md, section 14) as rules for its values.

Regular expressions and ranges are enforced; lookup validators, lengths and choices of texts are kept and told alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from keyhouse.data.write import BadRule, Rule
from keyhouse.lists.errors import BadDesign

_TRUE = frozenset({"true", "1", "yes", "on", "t"})


def rules_of(name: str, properties: Mapping[str, Any]) -> list[Rule]:
    """Return the rules of a field; raises BadDesign for one that nobody can follow."""
    label = str(properties.get("label") or name)
    validators = properties.get("propertyValidators") or ()
    return [rule for each in validators if (rule := _rule(each, name, label)) is not None]


def rules_by_field(fields: Sequence[Any]) -> dict[str, list[Rule]]:
    """Return the rules of a list's fields by their names, where there are any."""
    found = {each.name: rules_of(each.name, each.properties) for each in fields}
    return {name: rules for name, rules in found.items() if rules}


def _rule(validator: Mapping[str, Any], name: str, label: str) -> Rule | None:
    members = {str(key).lower(): value for key, value in validator.items()}
    kind = str(members.get("type") or members.get("typeuri") or "").rpartition(":")[2].lower()
    if kind not in {"regex", "range"}:
        return None
    more = members.get("properties")
    rule = Rule(
        expression=str(members.get("expression") or ""),
        label=label,
        message=str(members.get("errormessage") or ""),
        is_range=kind == "range",
        is_reversed=isinstance(more, dict) and str(more.get("failOnMatch")).lower() in _TRUE,
    )
    try:
        rule.check()
    except BadRule as error:
        what = "range" if rule.is_range else "regular expression"
        said = f"The {what} validator: '{str(members.get('name') or '')[:100]}' has a syntax error : {error}"
        raise BadDesign(said, name) from None
    return rule
