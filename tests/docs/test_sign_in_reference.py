"""The reference of sign-in has every kind with every setting, and no setting that is not there."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sign-in.md"
KINDS = ("ldap", "saml", "oidc", "cas", "duo")


def test_every_kind_is_listed_with_its_extra(site):
    from keyhouse.signin import methods

    assert set(KINDS) == set(methods.KINDS)
    for kind in methods.KINDS.values():
        assert f"| `{kind.name}` |" in PAGE.read_text()
        assert f"pip install 'keyhouse[{kind.extra}]'" in PAGE.read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_a_kind_is_in_its_section(site, kind):
    from keyhouse.signin import methods

    _, _, after = PAGE.read_text().partition(f"\n## {methods.KINDS[kind].title}\n")
    section = after.partition("\n## ")[0]
    first_cells = " ".join(re.findall(r"^\|([^|]+)\|", section, re.MULTILINE))
    documented = set(re.findall(r"`([a-z_]+)`", first_cells))
    assert documented == {field.name for field in methods.method_of(kind).fields}


def test_every_address_to_register_is_a_page(site):
    addresses = re.findall(r"`/([a-zA-Z]+-[a-zA-Z]+)\.view", PAGE.read_text())
    assert addresses
    for address in addresses:
        assert site.actions.find(address.lower()), address
