"""The grid sees what the API sees: what lookups mean, columns behind them, me, groups, and rows of other folders."""

import re

import pytest

from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.site import OPERATOR, Client

GRID = "/home/query-executeQuery.view?schemaName=lists&query.queryName=samples"


@pytest.fixture
def samples(site):
    """The lists `patients` and `samples` in /home; samples of both folders, whose patients a lookup names."""
    from keyhouse.authz import folders
    from keyhouse.lists.types import TYPES
    from keyhouse.lists.wanted import WantedField, WantedList

    text, number = TYPES["string"], TYPES["int"]
    home = folders.find("/home")
    looked_up = {"lookupSchema": "lists", "lookupQuery": "patients", "label": "Who gave it"}
    user = {"lookupSchema": "core", "lookupQuery": "Users", "label": "Taken by"}
    patients = WantedList("patients", (WantedField("code", text), WantedField("nick", text, {"label": "Nick name"})))
    fields = (WantedField("name", text), WantedField("patient", number, looked_up), WantedField("by", number, user))
    site.lists.create(home, patients, "Key", "AutoIncrementInteger", OPERATOR)
    site.lists.create(home, WantedList("samples", fields), "Key", "AutoIncrementInteger", OPERATOR)


@pytest.fixture
def reader(site, front, client, samples, study, admin, analyst):
    """A browser of the analyst, once an administrator has filled the lists."""
    writer = Client(front)
    sign_in(writer, ADMIN)

    def put(path, table, *rows):
        asked = {"schemaName": "lists", "queryName": table, "rows": list(rows)}
        answer = writer.post(f"{path}/query-insertRows.api", json=asked)
        assert answer.status == 200, answer.text

    put("/home", "patients", {"code": "P1", "nick": "Ada"}, {"code": "P2", "nick": "Bob"})
    put("/home", "samples", {"name": "S1", "patient": 1, "by": analyst.id}, {"name": "S2", "patient": 2})
    put("/home/Liver study", "samples", {"name": "L1", "patient": 1})
    sign_in(client, ANALYST)
    return client


def rows(client, more=""):
    """Return the texts of the rows of the grid."""
    page = client.get(GRID + more)
    assert page.status == 200
    found = re.findall(r"<tr>(<td.*?)</tr>", page.text, flags=re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in found]


def test_what_a_lookup_means_is_shown_under_the_columns_label(reader):
    page = words(reader.get(GRID))
    assert "Name Who gave it Taken by" in page
    assert rows(reader) == [["S1", "P1", "analyst"], ["S2", "P2", ""]]


def test_a_column_that_shows_a_meaning_is_filtered_and_sorted_by_it(reader):
    page = reader.get(GRID)
    assert "patient/code" in [option["value"] for option in Controls(page.text).all("option")]
    assert rows(reader, "&query.patient/code~eq=P2") == [["S2", "P2", ""]]
    assert [row[0] for row in rows(reader, "&query.sort=-patient/code")] == ["S2", "S1"]


def test_columns_of_the_address_reach_behind_lookups(reader):
    more = "&query.columns=name,patient/nick"
    assert rows(reader, more) == [["S1", "Ada"], ["S2", "Bob"]]
    assert "Nick name" in words(reader.get(GRID + more))


def test_a_saved_view_reaches_behind_lookups(reader):
    address = "/home/query-saveView.view?schemaName=lists&query.queryName=samples"
    submit(reader, address, name="Nicks", column=["name"], more="patient/nick", audience="own")
    assert rows(reader, "&query.viewName=Nicks") == [["S1", "Ada"], ["S2", "Bob"]]


def test_me_means_who_looks_at_the_grid(reader):
    assert [row[0] for row in rows(reader, "&query.by~eq=~me~")] == ["S1"]
    assert "Taken by equals me" in words(reader.get(f"{GRID}&query.by~eq=~me~"))


def test_rows_of_folders_below_are_shown_where_they_are_asked_for(reader):
    more = "&query.containerFilterName=CurrentAndSubfolders"
    assert sorted(row[0] for row in rows(reader, more)) == ["L1", "S1", "S2"]
    page = reader.get(GRID + more)
    assert "Rows of: This folder and those below." in words(page)
    exports = [link["href"] for link in Controls(page.text).all("a") if "exportRows" in (link.get("href") or "")]
    assert exports
    assert all("containerFilterName=CurrentAndSubfolders" in link for link in exports)


def test_a_container_filter_that_there_is_not_is_refused(reader):
    assert reader.get(f"{GRID}&query.containerFilterName=Moon").status == 400
