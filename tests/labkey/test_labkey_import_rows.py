"""Rows come in from files and texts, all or none, and every refusal says which row and why."""

import io
import sqlite3
import uuid
import zipfile

import pytest
from tests.site import OPERATOR, Client, issue

ANIMALS = """
CREATE TABLE animals (
    id integer PRIMARY KEY, name varchar(10) NOT NULL UNIQUE, legs integer, born date, keeper integer REFERENCES keepers
)
"""


@pytest.fixture
def zoo(site, tmp_path):
    """The writable source `zoo` in /home."""
    from keyhouse.authz import folders

    with sqlite3.connect(tmp_path / "zoo.db") as database:
        database.execute("CREATE TABLE keepers (id integer PRIMARY KEY, name text)")
        database.execute(ANIMALS)
        database.execute("INSERT INTO keepers VALUES (7, 'Zoe'), (8, 'Max'), (9, 'Max')")
        database.execute("INSERT INTO animals VALUES (1, 'Emu', 2, NULL, NULL)")
    database.close()
    site.sources.add("zoo", f"sqlite:///{tmp_path / 'zoo.db'}", folders.find("/home"), OPERATOR, is_writable=True)


def form(script, query="animals", **fields):
    sent = {"schemaName": "zoo", "queryName": query, **fields}
    return script.client.post("/home/query-import.api", {"apikey": script.key}, form=sent)


def multipart(parts):
    """Encode parts: (name, content) or (name, content, file name)."""
    boundary, lines = uuid.uuid4().hex, []
    for name, content, *file_name in parts:
        named = f'; filename="{file_name[0]}"' if file_name else ""
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode())
        lines.append((content if isinstance(content, bytes) else content.encode()) + b"\r\n")
    return b"".join([*lines, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def upload(script, content, file_name="data.csv", query="animals", **fields):
    names = {"schemaName": "zoo", "queryName": query, **fields}
    body, content_type = multipart([*names.items(), ("file", content, file_name)])
    headers = {"apikey": script.key, "content-type": content_type}
    return script.client.post("/home/query-import.api", headers, body=body)


def animals(script):
    answer = script.select("zoo", "animals", **{"query.sort": "id", "query.maxRows": "-1"})
    return [tuple(row.values()) for row in answer.json["rows"]]


EMU = (1, "Emu", 2, None, None)


@pytest.mark.parametrize(
    ("content", "file_name"),
    [
        (b"name,legs,born\nCat,4,2020-01-02\nOwl,2,\n", "data.csv"),
        (b"name\tlegs\tborn\nCat\t4\t1/2/2020\nOwl\t2\t\n", "data.tsv"),
        (b"name,legs,born\r\nCat,4,2 Jan 2020\r\nOwl,2,\r\n", "file"),
        ("NAME;LEGS;Born\nCat;4;2020-01-02\nOwl;2;\n".encode("utf-16"), "data.txt"),
    ],
)
def test_files_of_every_form_are_read(admin_script, zoo, content, file_name):
    answer = upload(admin_script, content, file_name)
    assert answer.status == 200
    assert (answer.json["success"], answer.json["rowCount"], answer.json["reselectRowCount"]) == (True, 2, False)
    assert answer.json["transactionAuditId"] > 0
    assert animals(admin_script)[1:] == [(2, "Cat", 4, "2020-01-02 00:00:00.000", None), (3, "Owl", 2, None, None)]


def test_workbook_is_read(admin_script, zoo):
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "legs"])
        sheet.write_row(1, 0, ["Cat", 4])
    assert upload(admin_script, file.getvalue(), "data.xlsx").json["rowCount"] == 1
    assert animals(admin_script)[1][1:3] == ("Cat", 4)


def test_text_of_a_form_is_read(admin_script, zoo):
    assert form(admin_script, text="name\tlegs\nCat\t4\n").json["rowCount"] == 1
    assert form(admin_script, text="name,legs\nOwl,2\n", format="csv").json["rowCount"] == 1
    assert len(animals(admin_script)) == 3


def test_first_wrong_row_is_told_as_the_original_does_and_all_of_them_beside_it(admin_script, zoo, events):
    answer = upload(admin_script, "name,legs\nCat,four\nOwl,2\n,1\nfar too long a name,2\n")
    body = answer.json
    assert (answer.status, body["success"], body["errorCount"]) == (200, False, 1)
    text = "Could not convert value 'four' (String) for Integer field 'legs'"
    assert (body["exception"], body["errors"][0]["exception"], body["errors"][0]["rowNumber"]) == (text, text, 1)
    assert [error["rowNumber"] for error in body["rowErrors"]] == [1, 3, 4]
    assert animals(admin_script) == [EMU]
    assert events("data changed") == []


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("name,legs\nCat,4\nOwl\n", "Row 2 (line 3): the row has 1 cell, the header 2."),
        ("name,legs\nCat,4,5\n", "Row 1 (line 2): the row has 3 cells, the header 2."),
        ('name,legs\n"Cat,4\n', "a quote is opened and never closed"),
        ("legs\n4\n", "Data does not contain required field: name"),
        ("name,name\na,b\n", "appears twice in the header"),
        ("nothing,here\na,b\n", "None of the columns of the data is a column of 'animals'."),
        ("name\nCat\nCat\n", "ERROR: duplicate key value violates unique constraint"),
        (b"name\nC\x00t\n", ""),
    ],
)
def test_broken_file_says_what_is_wrong_and_imports_nothing(admin_script, zoo, content, text):
    answer = upload(admin_script, content)
    assert (answer.status, answer.json["success"]) == (200, False)
    assert text in answer.json["exception"]
    assert animals(admin_script) == [EMU]


def test_what_is_not_sent_or_not_there_is_told_in_the_words_of_the_original(admin_script, zoo):
    for answer, text in (
        (form(admin_script), "Form contains no data"),
        (upload(admin_script, b""), "Form contains no data"),
        (form(admin_script, path="@files/x.tsv"), "File not found: @files/x.tsv"),
        (form(admin_script, moduleResource="x.tsv", module="m"), "Module required to import module resource"),
    ):
        assert (answer.status, answer.json["success"], answer.json["errors"]) == (200, False, {"_form": text})
    answer = upload(admin_script, "name\nCat\n", useAsync="True")
    assert "Importing in background currently is not supported" in answer.json["exception"]
    assert form(admin_script, text="name\nCat", insertOption="EAT").status == 400


def test_first_source_wins(admin_script, zoo):
    assert upload(admin_script, "name\nCat\n", text="name\nOwl\n").json["rowCount"] == 1
    assert animals(admin_script)[1][1] == "Owl"


def test_merge_updates_what_is_there_and_inserts_the_rest(admin_script, zoo, events):
    answer = form(admin_script, text="id\tname\n1\tEmus\n\tOwl\n", insertOption="MERGE")
    assert (answer.json["rowCount"], answer.json["reselectRowCount"]) == (2, True)
    assert animals(admin_script) == [(1, "Emus", 2, None, None), (2, "Owl", None, None, None)]
    details = events("data changed")[0].details
    assert (details["inserted"], details["updated"], details["option"]) == (1, 1, "MERGE")


def test_replace_empties_the_columns_that_the_file_does_not_have(admin_script, zoo):
    assert form(admin_script, text="id\tname\n1\tEmus\n", insertOption="REPLACE").json["success"]
    assert animals(admin_script) == [(1, "Emus", None, None, None)]


def test_update_changes_rows_that_are_there_and_no_others(admin_script, zoo):
    assert form(admin_script, text="id\tlegs\n1\t3\n", insertOption="UPDATE").json["rowCount"] == 1
    answer = form(admin_script, text="id\tlegs\n1\t4\n5\t4\n", insertOption="UPDATE")
    assert (answer.json["exception"], answer.json["errors"][0]["rowNumber"]) == ("The existing row was not found.", 2)
    answer = form(admin_script, text="legs\n4\n", insertOption="UPDATE")
    assert answer.json["exception"] == "Data does not contain required field: id"
    assert animals(admin_script) == [(1, "Emu", 3, None, None)]


def test_numbers_of_rows_are_the_servers_unless_an_administrator_gives_them(admin_script, zoo):
    assert form(admin_script, text="id\tname\n50\tCat\n").json["success"]
    assert form(admin_script, text="id\tname\n60\tOwl\n", importIdentity="True").json["success"]
    assert [row[0] for row in animals(admin_script)] == [1, 2, 60]


def test_title_of_a_looked_up_row_stands_for_its_key_if_asked(admin_script, zoo, events):
    answer = form(admin_script, text="name\tkeeper\nCat\tZoe\n")
    assert answer.json["exception"] == "Could not convert value 'Zoe' (String) for Integer field 'keeper'"
    assert form(admin_script, text="name\tkeeper\nCat\tZoe\nOwl\t8\n", importLookupByAlternateKey="True").json[
        "success"
    ]
    assert [row[4] for row in animals(admin_script)] == [None, 7, 8]
    assert events("data changed")[0].details["lookups"] == ["keepers"]
    answer = form(admin_script, text="name\tkeeper\nDog\tMax\n", importLookupByAlternateKey="True")
    assert answer.json["exception"] == "Could not convert value 'Max' (String) for Integer field 'keeper'"


def test_columns_that_nobody_knows_are_passed_over_and_told(admin_script, zoo):
    answer = form(admin_script, text="name\tcolour\nCat\tred\n")
    assert (answer.json["rowCount"], answer.json["ignoredColumns"]) == (1, ["colour"])


def test_only_who_may_insert_imports(script, zoo, front, site, events):
    answer = form(script, text="name\nCat\n")
    assert (answer.status, answer.json["success"]) == (200, False)
    assert answer.json["exception"] == "User does not have permission to insert rows"
    assert len(events("access refused")) == 1
    guest = Client(front, keeps_cookies=False)
    fields = {"schemaName": "zoo", "queryName": "animals", "text": "name\nCat\n"}
    assert guest.post("/home/query-import.api", form=fields).status == 401


def test_editor_may_not_choose_numbers(site, front, analyst, zoo):
    from tests.labkey.conftest import Script

    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    site.assignments.assign(Role.EDITOR, analyst, analyst.email, folders.find("/home"), OPERATOR)
    script = Script(Client(front, keeps_cookies=False), issue(site, analyst))
    answer = form(script, text="id\tname\n60\tOwl\n", importIdentity="True")
    assert answer.json["exception"] == "Only administrators can import the numbers of rows"
    assert form(script, text="name\nOwl\n").json["success"]


def test_workbook_that_is_a_bomb_is_refused(admin_script, zoo):
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(700):
            part.write(b"0" * 2**20)
    answer = upload(admin_script, file.getvalue(), "data.xlsx")
    assert (answer.status, answer.json["success"]) == (200, False)
    assert animals(admin_script) == [EMU]


def test_many_rows_are_imported(admin_script, zoo):
    content = "name,legs\n" + "".join(f"n{number},{number % 5}\n" for number in range(20_000))
    assert upload(admin_script, content).json["rowCount"] == 20_000
    answer = admin_script.select("zoo", "animals", **{"query.maxRows": "1"})
    assert answer.json["rowCount"] == 20_001
