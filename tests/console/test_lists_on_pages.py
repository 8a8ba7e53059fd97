"""Lists on pages: the folder's page leads to them, and their grids show rows as those of any table."""

import pytest

from tests.site import OPERATOR, sign_in


@pytest.fixture
def visits(site):
    """The list `visits` in /home."""
    from keyhouse.authz import folders
    from keyhouse.lists.types import TYPES
    from keyhouse.lists.wanted import WantedField, WantedList

    fields = (WantedField("a <b>", TYPES["string"], {"label": "Who & what"}), WantedField("n", TYPES["int"]))
    wanted = WantedList("visits", fields, description="Who came")
    return site.lists.create(folders.find("/home"), wanted, "Key", "AutoIncrementInteger", OPERATOR)


@pytest.fixture
def reader(client, analyst):
    """A browser of somebody who may read."""
    sign_in(client, "analyst@example.org")
    return client


def test_folder_page_leads_to_its_lists(visits, reader):
    page = reader.get("/home/project-begin.view").text
    assert "schemaName=lists&amp;query.queryName=visits" in page
    assert "Who came · 2 columns" in page


def test_folder_without_lists_does_not_speak_of_them(site, reader):
    assert "schemaName=lists&amp;query.queryName" not in reader.get("/home/project-begin.view").text


def test_grid_shows_fields_by_their_labels_and_no_standard_columns(visits, reader):
    page = reader.get("/home/query-executeQuery.view", schemaName="lists", **{"query.queryName": "visits"})
    assert page.status == 200
    assert "Who &amp; what" in page.text
    assert "Entity Id" not in page.text
    assert ">N</option>" in page.text
    assert ">Key</option>" not in page.text, "a number that the database counts says nothing to people"


def test_lists_database_that_is_down_leaves_the_rest_of_the_page(site, visits, reader):
    site.lists.database.close()
    file = site.boot.data / "lists.sqlite3"
    moved = file.rename(file.with_suffix(".away"))
    file.mkdir()
    try:
        page = reader.get("/home/project-begin.view")
        grid = reader.get("/home/query-executeQuery.view", schemaName="lists", **{"query.queryName": "visits"})
    finally:
        site.lists.database.close()
        file.rmdir()
        moved.rename(file)
    assert page.status == 200
    assert grid.status == 503
