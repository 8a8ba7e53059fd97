"""How identifying columns are, on the pages where administrators say so."""

import sqlite3

import pytest

from keyhouse.core.phi import PhiLevel
from tests.console.pages import ADMIN, ANALYST, sign_in, submit, words
from tests.site import OPERATOR

PAGE = "/home/admin-phiMarks.view"
PATIENTS = f"{PAGE}?schemaName=trial&query.queryName=patients"


@pytest.fixture
def home(site, tmp_path):
    from keyhouse.authz.folders import find

    with sqlite3.connect(tmp_path / "trial.sqlite3") as connection:
        connection.executescript(
            "CREATE TABLE patients (id INTEGER PRIMARY KEY, ssn TEXT UNIQUE);"
            "CREATE TABLE visits (id INTEGER PRIMARY KEY, of TEXT REFERENCES patients(ssn));"
            "CREATE VIEW everybody AS SELECT ssn FROM patients;"
        )
    site.sources.add("trial", f"sqlite:///{tmp_path}/trial.sqlite3", find("/home"), OPERATOR)
    return find("/home")


@pytest.fixture
def administrator(client, admin, home):
    sign_in(client, ADMIN)
    return client


def test_marks_are_set_on_the_page_of_a_table(administrator, site, home):
    sent = {"level.ssn": "Restricted", "level.id": "", "participant": "id", "schemaName": "trial"}
    saved = submit(administrator, PATIENTS, **sent, **{"query.queryName": "patients"})
    assert saved.status == 303
    marked = site.table_marks.read(home).of("trial", "patients")
    assert (marked.level_of("ssn"), marked.participant_column) == (PhiLevel.RESTRICTED, "id")
    assert "1 of 2" in words(administrator.get(PAGE))


def test_columns_that_look_forgotten_are_pointed_out(administrator, site, home):
    site.table_marks.set_table(home, "trial", "patients", {"ssn": PhiLevel.FULL}, "", OPERATOR)
    view = words(administrator.get(f"{PAGE}?schemaName=trial&query.queryName=everybody"))
    assert "it has the name of a marked column of 'patients'" in view
    visits = words(administrator.get(f"{PAGE}?schemaName=trial&query.queryName=visits"))
    assert "it looks up 'ssn' of 'patients'" in visits


def test_what_unmarked_columns_count_as_is_set_for_a_source(administrator, site, home):
    assert submit(administrator, PAGE, schemaName="trial", default="PHI").status == 303
    assert site.table_marks.read(home).default_of("trial") is PhiLevel.FULL
    assert submit(administrator, PAGE, schemaName="trial", default="Secret").status == 400


def test_an_administrator_without_phi_lowers_no_level_above_their_own(administrator, site, home):
    from keyhouse.declarations.models import FolderDemand

    FolderDemand.objects.create(folder=home, requires_phi_roles=True)
    site.table_marks.set_table(home, "trial", "patients", {"ssn": PhiLevel.FULL}, "", OPERATOR)
    sent = {"level.ssn": "NotPHI", "schemaName": "trial", "query.queryName": "patients"}
    refused = submit(administrator, PATIENTS, **sent)
    assert refused.status == 400 and "may not lower it" in words(refused)
    assert site.table_marks.read(home).of("trial", "patients").level_of("ssn") is PhiLevel.FULL


@pytest.mark.parametrize("path", [PAGE, PATIENTS])
def test_the_pages_are_for_administrators_of_the_folder(client, analyst, home, path):
    sign_in(client, ANALYST)
    assert client.get(path).status == 403


@pytest.mark.parametrize(
    "names", ["schemaName=nothing&query.queryName=x", "schemaName=trial&query.queryName=x", "query.queryName=x"]
)
def test_a_table_that_is_not_there_is_not_found(administrator, names):
    assert administrator.get(f"{PAGE}?{names}").status == 404
