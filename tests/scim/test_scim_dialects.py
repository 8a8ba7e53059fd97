"""Requests in the shapes that Okta and Microsoft Entra ID document and send, and the answers that they wait for."""

import json
from pathlib import Path

import pytest

from tests.scim.conftest import user_of

SHAPES = json.loads((Path(__file__).parent / "dialects.json").read_text())


def filled(value, known):
    """Put the ids that this site gave in place of their names."""
    text = json.dumps(value)
    for name, number in known.items():
        text = text.replace(f"<{name}>", number)
    return json.loads(text)


@pytest.mark.parametrize("product", sorted(SHAPES))
def test_the_product_provisions_a_person_and_a_group_from_beginning_to_end(directory, product):
    walk(directory, product)


def walk(directory, product):
    """Send all that a product sends, one after the other, and compare what it waits for."""
    known = {}
    for step in SHAPES[product]:
        body = filled(step["body"], known) if "body" in step else None
        path = filled(step["path"], known)
        answer = directory.send(step["method"], path.replace(" ", "%20").replace('"', "%22"), body)
        assert answer.status == step["status"], (step["says"], answer.text)
        if "keep" in step:
            known[step["keep"]] = answer.json["id"]
        for name, value in filled(step.get("expect", {}), known).items():
            assert told(answer.json, name) == value, (step["says"], name, answer.text)


def told(body, path):
    """Return what stands under a path such as ``members.0.value``; None where nothing does."""
    for part in path.split("."):
        body = body[int(part)] if isinstance(body, list) else (body or {}).get(part)
    return body


def test_entra_says_no_in_words(directory):
    person = directory.add("ana@example.org")
    for word, is_active in (("False", False), ("True", True), ("false", False)):
        directory.patch(f"/Users/{person['id']}", {"op": "Replace", "path": "active", "value": word})
        assert user_of(person).is_active is is_active


def test_attributes_that_are_not_kept_are_passed_over_and_told_to_nobody(directory):
    from keyhouse.audit.models import AuditEvent

    extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    person = directory.add(
        "ana@example.org", password="Tr0ub4dor&3", title="Dr", **{extension: {"department": "Liver"}}
    )
    assert "Liver" not in json.dumps(person) and not user_of(person).has_usable_password()
    directory.patch(f"/Users/{person['id']}", {"op": "Add", "path": f"{extension}:department", "value": "Kidney"})
    logged = " ".join(f"{event.comment} {event.details}" for event in AuditEvent.objects.all())
    assert "Tr0ub4dor" not in logged
