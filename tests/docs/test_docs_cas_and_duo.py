"""What the pages say of CAS and Duo is what there is."""

import json
import re
from pathlib import Path

import pytest

from keyhouse.signin.cas.settings import FIELDS as CAS_FIELDS
from keyhouse.signin.duo.settings import FIELDS as DUO_FIELDS

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "sign-in.md").read_text()
HOW_TO = {kind: (DOCS / "how-to" / f"sign-in-with-{kind}.md").read_text() for kind in ("cas", "duo")}
BOTH = pytest.mark.parametrize(("title", "fields"), [("CAS", CAS_FIELDS), ("Duo", DUO_FIELDS)])


def rows(title):
    """Return what the reference says of each setting of one kind: its meaning and its default."""
    section = REFERENCE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    table = re.findall(r"^\| `(\w+)` \| (.+?) \| ?(.*?) ?\|$", section, re.MULTILINE)
    return {name: (text, default) for name, text, default in table}


@BOTH
def test_every_setting_is_in_the_reference_with_its_default_choices_and_secrecy(title, fields):
    told = rows(title)
    assert set(told) == {field.name for field in fields}
    for field in fields:
        text, default = told[field.name]
        assert default.strip("`") == {False: "off", True: "on"}.get(field.default, field.default), field.name
        assert all(f"`{value}`" in text for value, _ in field.choices), field.name
        assert text.startswith("secret:") is field.is_secret


@BOTH
def test_how_to_sets_only_settings_that_there_are(title, fields):
    named = set(re.findall(r"(?:--set|--secret-env)\s+(\w+)=", HOW_TO[title.lower()]))
    assert named
    assert named <= {field.name for field in fields}


def test_service_definition_to_copy_is_json_and_fits_the_address_of_a_sign_in():
    definition = json.loads(re.search(r"```json\n(.+?)```", HOW_TO["cas"], re.DOTALL)[1])
    service = "https://data.example.org/labkey/cas-validate.view?configuration=3&state=a-b_c"
    assert re.match(definition["serviceId"], service)
    assert not re.match(definition["serviceId"], service.replace("data.example", "dataXexample"))
    assert definition["logoutType"] == "BACK_CHANNEL"
