"""The grid: sorted, filtered, paged, exported; and every look at data in the log."""

import csv
import io
from urllib.parse import unquote

import pytest

from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, words
from tests.site import Client, issue

FOLDER = "/home/Liver study"
GRID = f"{FOLDER}/query-executeQuery.view?schemaName=clinical&query.queryName=patients"
EXPORT = f"{FOLDER}/query-exportRowsTsv.view?schemaName=clinical&query.queryName=patients"


@pytest.fixture
def reader(client, analyst, study):
    sign_in(client, ANALYST)
    return client


def events(kind):
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))


def rows_of(answer, delimiter=","):
    return list(csv.DictReader(io.StringIO(answer.text), delimiter=delimiter))


def test_a_page_of_rows_tells_which_and_how_many(reader):
    page = reader.get(GRID)
    assert page.status == 200
    assert "Rows 1 to 100 of 418" in words(page)
    assert "D-penicillamine" in words(page)
    assert "Rows 401 to 418 of 418" in words(reader.get(f"{GRID}&query.offset=400"))


def test_the_sorted_column_says_so_and_leads_to_the_other_order(reader):
    page = Controls(reader.get(f"{GRID}&query.sort=-age").text)
    sorted_heads = [attrs for attrs in page.all("th") if attrs.get("aria-sort")]
    assert [attrs["aria-sort"] for attrs in sorted_heads] == ["descending"]
    assert any((attrs.get("href") or "").endswith("query.sort=age") for attrs in page.all("a"))


def test_filters_narrow_and_are_taken_away_one_by_one(reader):
    page = reader.get(f"{GRID}&query.age~gt=70&query.sex~eq=female")
    assert "Age is greater than 70" in words(page)
    assert "Sex equals female" in words(page)
    links = Controls(page.text).all("a")
    removing = [attrs["href"] for attrs in links if "Remove" in (attrs.get("aria-label") or "")]
    assert removing[0].endswith("query.sex~eq=female")
    assert removing[1].endswith("query.age~gt=70")


def test_the_filter_form_leads_to_the_address_and_keeps_the_rest(reader):
    answer = reader.get(f"{GRID}&query.sort=-age&filter.column=age&filter.op=gt&filter.value=70")
    assert answer.status == 302
    assert answer.header("Location").endswith("query.sort=-age&query.age~gt=70")


def test_a_filter_that_no_row_meets_says_so(reader):
    assert "No row meets all of these filters." in words(reader.get(f"{GRID}&query.age~gt=200"))


def test_a_value_of_the_wrong_type_is_told_and_nothing_is_shown(reader):
    answer = reader.get(f"{GRID}&query.age~gt=old")
    assert answer.status == 400
    assert "old" in words(answer)
    assert 'value="old"' in answer.text
    assert not events("data read")


def test_a_filter_on_a_column_that_is_not_there_is_told(reader):
    assert "There is no column 'height'" in words(reader.get(f"{GRID}&query.height~gt=2"))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("schemaName=clinical&query.queryName=nothing", 404),
        ("schemaName=nothing&query.queryName=patients", 404),
        ("schemaName=clinical", 404),
        ("", 404),
    ],
)
def test_a_query_that_is_not_there_is_a_page_that_says_so(reader, query, status):
    answer = reader.get(f"{FOLDER}/query-executeQuery.view?{query}")
    assert answer.status == status
    assert "There is nothing at this address" in words(answer)


def test_looking_at_rows_is_in_the_log_with_columns_and_count(reader):
    reader.get(f"{GRID}&query.maxRows=20")
    event = events("data read")[0]
    assert (event.user, event.folder) == (ANALYST, "/home/Liver study")
    assert (event.schema, event.query) == ("clinical", "patients")
    assert event.details["rows"] == 20
    assert "bilirubin_mg_dl" in event.details["columns"]


def test_who_may_not_read_the_folder_sees_no_row_and_exports_none(client, site, analyst, study, closed):
    site.sources.add("secret", f"sqlite:///{site.boot.data}/clinical.sqlite3", closed, _operator())
    sign_in(client, ANALYST)
    for action in ("query-executeQuery.view", "query-exportRowsTsv.view"):
        answer = client.get(f"/Shared/Closed/{action}?schemaName=secret&query.queryName=patients")
        assert answer.status == 403
        assert "penicillamine" not in answer.text


def test_a_guest_is_led_to_the_sign_in_page_and_back_to_the_grid(client, study):
    answer = client.get(GRID)
    assert answer.status == 302
    assert "query.queryName%3Dpatients" in answer.header("Location")


def test_an_export_has_every_row_filtered_and_sorted(reader):
    answer = reader.get(f"{EXPORT}&query.age~gt=70&query.sort=-age&delim=COMMA")
    ages = [float(row["age"]) for row in rows_of(answer)]
    assert ages == sorted(ages, reverse=True)
    assert min(ages) > 70
    assert answer.header("Content-Disposition").startswith('attachment; filename="patients_2')
    assert len(rows_of(reader.get(f"{EXPORT}&delim=TAB"), "\t")) == 418


def test_an_export_is_in_the_log_before_its_rows_and_with_their_number_after(reader):
    reader.get(f"{EXPORT}&query.age~gt=70")
    exported, served = events("data exported")[0], events("data served")[0]
    assert exported.sequence < served.sequence
    assert served.details["rows"] > 0


def test_an_export_can_be_fetched_with_a_key(front, site, analyst, study):
    answer = Client(front).get(EXPORT, {"apikey": issue(site, analyst)})
    assert len(rows_of(answer, "\t")) == 418


def test_an_export_with_a_wrong_value_is_refused(reader):
    assert reader.get(f"{EXPORT}&query.age~gt=old").status == 400


def test_a_source_that_is_down_answers_503_in_words(client, site, admin, study):
    site.sources.add("broken", "postgresql://nobody@127.0.0.1:1/none", study, _operator())
    sign_in(client, ADMIN)
    answer = client.get(f"{FOLDER}/query-executeQuery.view?schemaName=broken&query.queryName=x")
    assert answer.status == 503
    assert "Not available just now" in words(answer)


def test_the_export_menu_leads_to_files_and_scripts_of_the_same_rows(reader):
    page = Controls(reader.get(f"{GRID}&query.age~gt=70&query.sort=-age").text)
    links = [attrs["href"] for attrs in page.all("a") if "export" in attrs["href"] or "showScript" in attrs["href"]]
    assert len(links) == 19
    assert all("query.age~gt=70" in link and "query.sort=-age" in link for link in links)
    for link in links:
        assert reader.get(unquote(link.removeprefix("/labkey"))).status == 200


def test_the_page_of_a_script_explains_netrc_by_the_machine_s_own_name_and_holds_no_key(reader, site):
    page = reader.get(f"{FOLDER}/query-showScript.view?schemaName=clinical&query.queryName=patients&scriptType=py")
    assert "QueryFilter" not in page.text
    assert "api.query.select_rows(" in page.text
    assert f"machine {site.boot.url.split('/')[2].split(':')[0]} login apikey password" in words(page)
    assert "khk_" not in page.text
    assert [attrs["href"] for attrs in Controls(page.text).all("a") if attrs.get("aria-current") == "page"]
    assert events("script exported")[-1].comment == "Exported to script type py"


def test_the_page_of_a_language_that_nobody_writes_is_404(reader):
    path = f"{FOLDER}/query-showScript.view?schemaName=clinical&query.queryName=patients&scriptType=cobol"
    answer = reader.get(path)
    assert answer.status == 404
    assert "Export script type not found: cobol. Types are r, py, js, " in words(answer)


def _operator():
    from tests.site import OPERATOR

    return OPERATOR


def test_the_server_s_own_lists_have_grids_too(client, site, admin, analyst):
    sign_in(client, "admin@example.org")
    for table, shown in (("Users", "analyst@example.org"), ("Groups", "Administrators"), ("Containers", "/Shared")):
        page = client.get("/home/query-executeQuery.view", **{"schemaName": "core", "query.queryName": table})
        assert page.status == 200
        assert shown in page.text
