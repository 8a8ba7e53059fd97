"""Attack: a value that a spreadsheet program runs as a formula when a colleague opens the exported file.

`=HYPERLINK(...)` sends what stands in other cells to the attacker, older programs start commands. A workbook marks
texts as texts. CSV has no such mark: the menu's "CSV for Excel" guards, while plain CSV, for programs, stays exact.
"""

import io
import sqlite3
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from tests.console.pages import ANALYST, Controls, sign_in
from tests.site import OPERATOR

HOSTILE = ['=HYPERLINK("http://x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "{=1}", "http://x"]


@pytest.fixture
def table(client, site, analyst, tmp_path):
    """A table of hostile values, and somebody who looks at it."""
    from keyhouse.authz import folders

    file = tmp_path / "hostile.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute('CREATE TABLE cells (id INTEGER PRIMARY KEY, "=1+1" TEXT)')
        connection.executemany("INSERT INTO cells VALUES (?, ?)", enumerate(HOSTILE))
    connection.close()
    site.sources.add("hostile", f"sqlite:///{file}", folders.find("/home"), OPERATOR)
    sign_in(client, ANALYST)
    return client


def menu(client):
    page = client.get("/home/query-executeQuery.view?schemaName=hostile&query.queryName=cells")
    return [
        attrs["href"].removeprefix("/labkey") for attrs in Controls(page.text).all("a") if "export" in attrs["href"]
    ]


def test_workbook_has_texts_and_no_formula_or_link(table):
    (url,) = [each for each in menu(table) if "xlsx" in each]
    body = table.get(url).body
    with CalamineWorkbook.from_filelike(io.BytesIO(body)) as book:
        rows = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[1:]] == HOSTILE
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert not [name for name in archive.namelist() if "rels" in name and "sheet" in name]
    assert b"<f>" not in sheet and b"hyperlink" not in sheet


def test_csv_for_excel_begins_no_text_as_a_formula(table):
    (url,) = [each for each in menu(table) if "guardFormulas" in each]
    text = table.get(url).body.decode("utf-8-sig")
    assert ",'=1+1\r\n" in text
    for value in HOSTILE[:4]:
        assert "'" + value.replace('"', '""') in text
    assert '"\'\t=1"' in text or "'\t=1" in text


def test_csv_for_programs_is_exact(table):
    text = table.get(next(each for each in menu(table) if each.endswith("format=csv"))).text
    assert ",-2+3\r\n" in text
