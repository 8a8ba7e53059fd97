"""What the pages say of OpenID Connect is what there is."""

import re
from pathlib import Path

from keyhouse.signin.oidc.documents import LIFE
from keyhouse.signin.oidc.settings import FIELDS

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "sign-in.md").read_text().partition("\n## OpenID Connect\n")[2].partition("\n## ")[0]
HOW_TO = (DOCS / "how-to" / "sign-in-with-openid-connect.md").read_text()


def rows():
    """Return what the reference says of each setting."""
    table = re.findall(r"^\| (`.+?) \| (.+?) \| ?(.*?) ?\|$", REFERENCE, re.MULTILINE)
    return {name: (text, default) for names, text, default in table for name in re.findall(r"`(\w+)`", names)}


def test_every_setting_is_in_the_reference_with_its_default():
    told = rows()
    assert set(told) == {field.name for field in FIELDS}
    for field in FIELDS:
        default = "off" if field.default is False else str(field.default)
        for part in default.splitlines():
            assert part in told[field.name][1], field.name


def test_secret_settings_are_told_to_be_secret():
    assert {name for name, (text, _) in rows().items() if "secret:" in text} >= {
        field.name for field in FIELDS if field.is_secret
    }


def test_every_choice_is_in_the_reference():
    told = rows()
    for field in FIELDS:
        for value, _ in field.choices:
            assert value in told[field.name][0], field.name


def test_time_for_which_documents_are_kept_is_told():
    assert "kept for five minutes" in REFERENCE and LIFE.total_seconds() == 300


def test_how_to_sets_only_settings_that_there_are_and_is_for_each_product():
    named = set(re.findall(r"^\s*--set (\w+)=", HOW_TO, re.MULTILINE)) | set(re.findall(r"--secret (\w+)=", HOW_TO))
    assert named and named <= {field.name for field in FIELDS}
    for product in ("Keycloak", "Entra ID", "Okta", "Google", "Auth0", "GitLab"):
        assert f"## {product}" in HOW_TO
