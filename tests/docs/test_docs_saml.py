"""What the pages say of SAML is what there is."""

import re
from pathlib import Path

from keyhouse.signin.saml.fields import FIELDS

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "sign-in.md").read_text().partition("\n## SAML\n")[2].partition("\n## ")[0]
HOW_TO = (DOCS / "how-to" / "sign-in-with-saml.md").read_text()


def rows():
    """Return what the reference says of each setting: its meaning and its default."""
    table = re.findall(r"^\| (`.+?) \| (.+?) \| ?(.*?) ?\|$", REFERENCE, re.MULTILINE)
    return {name: (text, default) for names, text, default in table for name in re.findall(r"`(\w+)`", names)}


def test_every_setting_is_in_the_reference():
    assert set(rows()) == {field.name for field in FIELDS}


def test_defaults_and_choices_are_those_of_the_reference():
    told = rows()
    assert told["clock_skew_seconds"][1] == "60"
    for field in FIELDS:
        assert (told[field.name][1] == "off") == (field.default is False), field.name
        assert all(value in told[field.name][0] for value, _ in field.choices), field.name


def test_secret_settings_are_told_to_be_secret():
    told = {name for name, (text, _) in rows().items() if text.startswith("secret:")}
    assert told == {field.name for field in FIELDS if field.is_secret}


def test_how_to_sets_only_settings_that_there_are_and_is_for_each_product():
    named = set(re.findall(r'--set "?(\w+)=', HOW_TO)) | set(re.findall(r"--set-file (\w+)=", HOW_TO))
    assert named and named <= {field.name for field in FIELDS}
    for product in ("Shibboleth", "Keycloak", "Entra ID", "Okta", "ADFS"):
        assert f"\n## {product}\n" in HOW_TO


def test_what_the_how_to_says_of_the_log_is_what_the_log_says():
    source = "".join(path.read_text() for path in (DOCS.parent / "src" / "keyhouse" / "signin").rglob("*.py"))
    library = Path(__import__("onelogin.saml2.response").__file__).parent / "saml2"
    source += "".join(path.read_text() for path in library.glob("*.py"))
    for line in re.findall(r"^\| (.+?) \| .+\|$", HOW_TO.partition("\n| the log says")[2], re.MULTILINE)[1:]:
        for cause in line.split("; "):
            words = cause.partition("…")[0].strip()
            assert words.lower() in source.lower(), words
