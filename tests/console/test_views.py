"""Views on pages: the menu of a grid, saving what it shows, deleting; all without a script."""

from urllib.parse import unquote

import pytest

from keyhouse.core.caller import Caller
from keyhouse.core.principal import Principal
from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words

FOLDER = "/home/Liver study"
NAMES = "schemaName=clinical&query.queryName=patients"
GRID = f"{FOLDER}/query-executeQuery.view?{NAMES}"
SAVE = f"{FOLDER}/query-saveView.view?{NAMES}"


@pytest.fixture
def reader(client, analyst, study):
    sign_in(client, ANALYST)
    return client


def heads(answer):
    return Controls(answer.text).all("th")


def follow(client, answer):
    assert answer.status == 303, words(answer)
    path, _, query = answer.header("Location").removeprefix("/labkey").partition("?")
    return client.get(f"{unquote(path)}?{query}")


def save(client, address=SAVE, **fields):
    return submit(client, address, **{"name": "Old", "column": ["age", "patient_id"], "audience": "own", **fields})


def test_grid_is_saved_as_a_view_with_its_filters_and_sort(reader):
    form = reader.get(f"{SAVE}&query.age~gt=70&query.sort=-age")
    assert "Age is greater than 70; sorted by Age, descending" in words(form)
    answer = save(reader, f"{SAVE}&query.age~gt=70&query.sort=-age", has_filters="true")
    page = follow(reader, answer)
    assert "The view is saved." in words(page)
    assert "The view says: Age is greater than 70; sorted by Age, descending." in words(page)
    assert len(heads(page)) == 2
    assert "of 418" not in words(page)


def test_page_reads_its_views_and_its_saved_query_once(reader, site, study, analyst):
    from keyhouse.queries.saved import SavedQueries
    from keyhouse.queries.views import CustomViews

    caller = Caller(Principal(analyst.id, ANALYST, "analyst"))
    site.saved_queries.save(study, "clinical", "elders", "SELECT age FROM patients WHERE age > 70", caller)
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        for kind in (SavedQueries, CustomViews):
            read = kind._visible
            patch.setattr(kind, "_visible", lambda *asked, read=read, kind=kind: seen.append(kind) or read(*asked))
        page = reader.get(f"{FOLDER}/query-executeQuery.view?schemaName=clinical&query.queryName=elders")
        assert page.status == 200
        assert seen == [SavedQueries, CustomViews]


def test_filters_of_a_view_can_be_left_out(reader):
    save(reader, f"{SAVE}&query.age~gt=70", has_filters="true")
    page = reader.get(f"{GRID}&query.viewName=Old&query.ignoreFilter=1")
    assert "The filters and the sort of this view are left out." in words(page)
    assert "of 418" in words(page)
    assert len(heads(page)) == 2


def test_menu_names_the_view_that_shows(reader):
    save(reader)
    page = reader.get(f"{GRID}&query.viewName=old")
    current = [attrs["href"] for attrs in Controls(page.text).all("a") if attrs.get("aria-current") == "true"]
    assert current == ["/labkey/home/Liver%20study/query-executeQuery.view?" + NAMES + "&query.viewName=Old"]


def test_default_view_is_what_shows_where_none_is_named(reader):
    assert save(reader, name="").status == 303
    assert len(heads(reader.get(GRID))) == 2
    assert "query.viewName" not in reader.get(GRID).text.split("</table>")[0].split("<table")[1]


def test_sorting_and_paging_keep_the_view(reader):
    save(reader)
    links = [attrs.get("href") or "" for attrs in Controls(reader.get(f"{GRID}&query.viewName=Old").text).all("a")]
    assert any("query.viewName=Old" in link and "query.sort=age" in link for link in links)
    assert any("query.viewName=Old" in link and "query.offset=100" in link for link in links)


def test_view_through_a_lookup_shows_what_lies_behind_it(reader):
    address = SAVE.replace("patients", "visits")
    answer = submit(reader, address, name="Ages", column=["visit_id"], more="patient_id/age", audience="own")
    page = follow(reader, answer)
    assert len(heads(page)) == 2
    assert "58.7" in words(page)


def test_unknown_columns_of_a_view_are_told_and_done_without(reader, site, study, analyst):
    from keyhouse.queries.definition import read
    from keyhouse.queries.names import Subject

    said = read({"columns": ["age", "gone"]})
    caller = Caller(Principal(analyst.id, analyst.email, ""))
    site.custom_views.save(Subject(study, "clinical", "patients"), "Lost", said, caller)
    page = reader.get(f"{GRID}&query.viewName=Lost")
    assert "does without them: gone" in words(page)
    assert len(heads(page)) == 1


def test_nothing_is_saved_without_a_column(reader):
    answer = save(reader, column=[])
    assert answer.status == 400
    assert "at least one field" in words(answer)
    assert 'value="Old"' in answer.text


def test_reader_shares_no_view_and_an_editor_does(client, analyst, admin, study):
    sign_in(client, ANALYST)
    assert "Everybody who may read" not in words(client.get(SAVE))
    save(client, audience="everybody")
    client.cookies.clear()
    sign_in(client, ADMIN)
    assert client.get(f"{GRID}&query.viewName=Old").status == 404
    save(client, audience="everybody")
    client.cookies.clear()
    sign_in(client, ANALYST)
    assert "Old yours" in words(client.get(GRID)), "one's own stands before everybody's"


def test_view_is_deleted_after_a_question(reader):
    save(reader)
    address = f"{FOLDER}/query-confirmDeleteView.view?{NAMES}&query.viewName=Old"
    assert "Delete the view “Old” of patients?" in words(reader.get(address))
    assert submit(reader, address).status == 200, "without the answer nothing is deleted"
    assert reader.get(f"{GRID}&query.viewName=Old").status == 200
    assert submit(reader, address, confirmed="1").status == 303
    assert reader.get(f"{GRID}&query.viewName=Old").status == 404


def test_guests_are_led_to_sign_in(client, study):
    assert client.get(SAVE, {"Accept": "text/html"}).status in (302, 303)
