"""What the pages say of LDAP is what there is."""

import re
import shlex
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "sign-in.md").read_text().partition("\n## LDAP\n")[2].partition("\n## ")[0]
HOW_TO = (DOCS / "how-to" / "sign-in-with-ldap.md").read_text()
COMMANDS = re.findall(r"^\$ keyhouse sign-in add ldap (.+?)^```", HOW_TO, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def fields():
    pytest.importorskip("ldap", reason="the library python-ldap is not installed")
    from keyhouse.signin.ldap.settings import FIELDS

    return FIELDS


def rows():
    table = re.findall(r"^\| (`.+?) \| (.+?) \| ?(.*?) ?\|$", REFERENCE, re.MULTILINE)
    return {name: (text, default) for names, text, default in table for name in re.findall(r"`(\w+)`", names)}


def test_every_setting_is_in_the_reference_with_its_default(fields):
    told = rows()
    assert set(told) == {field.name for field in fields}
    for field in fields:
        default = "off" if field.default is False else str(field.default)
        assert default in told[field.name][1].replace("\\|", "|"), field.name


def test_every_choice_is_in_the_reference_and_secrets_are_told_to_be_secret(fields):
    told = rows()
    for field in fields:
        assert all(f"`{value}`" in told[field.name][0] for value, _ in field.choices), field.name
        assert field.is_secret == ("secret:" in told[field.name][0]), field.name


def test_every_attribute_that_tells_the_state_of_an_account_is_in_the_reference(fields):
    from keyhouse.signin.ldap.states import STATE_ATTRIBUTES

    assert set(STATE_ATTRIBUTES) <= set(re.findall(r"`(\w+)`", REFERENCE))


def test_what_the_how_to_enters_for_each_product_has_no_problems(fields):
    from keyhouse.signin.ldap.method import method

    assert len(COMMANDS) == 4
    for command in COMMANDS:
        words = shlex.split(command.replace("$'", "'").replace("\\n", "\n"))
        given = dict(words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--set")
        assert given.keys() <= {field.name for field in fields}
        assert dict(method.problems(given, {"bind_password": "x"})) == {}, given


def test_the_how_to_is_for_each_product():
    for product in ("OpenLDAP", "Active Directory", "FreeIPA", "389"):
        assert f"### {product}" in HOW_TO
