"""The reference names everything there is, and nothing that is not."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def test_every_action_of_the_client_api_is_in_the_reference(site):
    from keyhouse.labkey.actions import actions

    page = (DOCS / "reference" / "client-api.md").read_text()
    documented = {name.lower() for name in re.findall(r"`([a-z]+-[A-Za-z]+)`", page)}
    # Signing out is a page, to which programs post as well.
    assert {action.name for action in actions} | {"login-logout"} == documented
    assert documented <= {action.name for action in site.actions}


def test_every_page_is_in_the_reference(site):
    from keyhouse.console.actions import actions

    rows = re.findall(r"^\|(.+?)\|.*\|(.*)\|$", (DOCS / "reference" / "pages.md").read_text(), re.MULTILINE)
    pages, programs = (
        {name.lower() for name in re.findall(r"`([a-z]+-[A-Za-z]+)`", " ".join(cells))}
        for cells in zip(*rows, strict=True)
    )
    assert {action.name for action in actions} == pages
    assert programs <= {action.name for action in site.actions}


def test_every_kind_of_audit_event_is_in_the_reference(site):
    from keyhouse.audit import Kind

    page = (DOCS / "reference" / "audit.md").read_text()
    kinds = page.partition("## Kinds")[2].partition("## Verify")[0]
    assert {kind.value for kind in Kind} == set(re.findall(r"`([a-z -]+)`", kinds))


def test_every_column_of_the_audit_table_is_in_the_reference(site):
    from keyhouse.audit.models import AuditEvent

    page = (DOCS / "reference" / "audit.md").read_text().partition("## Kinds")[0]
    assert {field.attname for field in AuditEvent._meta.concrete_fields} <= set(re.findall(r"`(\w+)`", page))


def pages() -> list[Path]:
    top = DOCS.parent
    return sorted([*DOCS.rglob("*.md"), *top.glob("*.md")])


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_every_link_between_pages_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
