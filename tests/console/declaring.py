"""What the tests of declarations share: terms and demands, and a form that declares all of them."""

from typing import Any

from tests.console.pages import Controls, submit
from tests.site import OPERATOR, Answer, Client

DECLARED = {"purpose": "Survival", "irbNumber": "2026-017", "phiLevel": "Limited", "printedName": "Ana Lyst"}


def write_terms(site: Any, text: str, path: str = "/") -> str:
    """Write terms and return their digest."""
    from keyhouse.authz import folders

    folder = folders.find(path)
    latest = site.terms.latest(folder)
    return str(site.terms.write(folder, text, latest.version if latest else 0, OPERATOR).digest)


EVERYTHING: dict[str, Any] = {
    "wants_purpose": True,
    "wants_irb_number": True,
    "irb_pattern": r"\d{4}-\d{3}",
    "irb_hint": "year and three digits, as 2026-017",
    "wants_phi_level": True,
    "wants_signature": True,
    "meaning": "I use this data for nothing else.",
}


def demand(site: Any, path: str, **changes: Any) -> None:
    """Let a folder demand everything, but for these changes of it."""
    from keyhouse.authz import folders
    from keyhouse.declarations.demands import OwnDemand

    site.demands.change(folders.find(path), OwnDemand(**{**EVERYTHING, **changes}), OPERATOR)


def declare(client: Client, folder: str = "/home", **fields: Any) -> Answer:
    """Send the form of the declaration page."""
    client.get(f"{folder}/login-declare.view")
    return submit(client, f"{folder}/login-declare.view", **fields)


def value_of(answer: Answer, name: str) -> str | None:
    """Return the value of a text control."""
    return next((each.get("value") for each in Controls(answer.text).all("input") if each.get("name") == name), None)


def is_checked(answer: Answer, control: str) -> bool:
    """Tell whether the box or button of this id is checked."""
    return any(each.get("id") == control and "checked" in each for each in Controls(answer.text).all("input"))
