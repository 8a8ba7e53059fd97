"""Attack: a request that one part takes for small, and that breaks or fills another one."""

import pytest

from tests.site import OPERATOR, Client, issue, set_site

NAMES = {"schemaName": "lists", "queryName": "samples"}
ERROR_OF_OURS = "An error happened in this server"


@pytest.fixture
def send(site, front, admin):
    """Send a request as an administrator, on a site with the list `samples` in /home."""
    client, key = Client(front, keeps_cookies=False), {"apikey": issue(site, admin)}

    def request(action, method="POST", path="/home", headers=None, **how):
        address = f"{path}/{action}.api" if "-" in action else f"/_webdav{path}/@files/{action}"
        return client.request(method, address, {**key, **(headers or {})}, **how)

    design = {"name": "samples", "fields": [{"name": "Key", "rangeURI": "int"}, {"name": "note"}]}
    options = {"keyName": "Key", "keyType": "Integer"}
    body = {"kind": "IntList", "domainDesign": design, "options": options}
    assert request("property-createDomain", json=body).status == 200
    return request


def as_json(send, action, text):
    return send(action, headers={"Content-Type": "application/json"}, body=text.encode())


@pytest.mark.parametrize("depth", [99, 150, 300, 480, 700, 1015])
def test_depth_that_the_parser_takes_breaks_nothing_behind_it(send, depth):
    deep, names = "[" * depth + "]" * depth, '"schemaName":"lists","queryName":"samples"'
    row = f'"rows":[{{"Key":{depth}}}]'
    bodies = [
        ("query-insertRows", f'{{{names},"rows":[{{"Key":1,"note":{deep}}}]}}'),
        ("query-insertRows", f'{{{names},"extraContext":{{"a":{deep}}},"x":1.0000000000000000000001,{row}}}'),
        ("query-insertRows", f'{{{names},"extraContext":{{"a":{deep}}},"respFormat":"xml",{row}}}'),
        ("query-saveRows", f'{{"commands":[{{"command":"insert",{names},"extraContext":{{"a":{deep}}},{row}}}]}}'),
        ("query-saveQueryViews", f'{{{names},"views":[{{"name":"v","columns":[{{"fieldKey":{deep}}}]}}]}}'),
        (
            "property-saveDomain",
            f'{{{names},"domainDesign":{{"fields":[{{"name":"Key","propertyValidators":{deep}}}]}}}}',
        ),
        ("security-savePolicy", f'{{"resourceId":"/home","assignments":{deep}}}'),
    ]
    for action, text in bodies:
        answer = as_json(send, action, text)
        assert ERROR_OF_OURS not in answer.text, (action, answer.text[:200])


def test_text_that_is_deep_json_once_it_is_read_is_passed_over(send):
    answer = send("query-insertRows", json={**NAMES, "rows": [{"Key": 1}], "auditDetails": "[" * 100_000})
    assert answer.status == 200


def validated(expression):
    validator = {"type": "RegEx", "name": "v", "expression": expression}
    fields = [{"name": "Key", "rangeURI": "int"}, {"name": "note", "propertyValidators": [validator]}]
    return {"domainDesign": {"name": "samples", "fields": fields}, **NAMES}


@pytest.mark.parametrize("expression", ["(((a{1000}){1000}){1000}){1000}", "(?:" * 300 + ")" * 300, "a" * 2000])
def test_pattern_of_a_few_letters_that_would_fill_the_memory_is_refused_with_its_design(send, expression):
    answer = send("property-saveDomain", json=validated(expression))
    assert (answer.status, "syntax error" in answer.json["exception"]) == (400, True)


def test_pattern_that_would_be_tried_for_years_is_stopped_once_for_all_rows(send):
    assert send("property-saveDomain", json=validated("(?R)")).status == 200
    rows = [{"Key": number, "note": "a" * 1000} for number in range(50)]
    answer = send("query-insertRows", json={**NAMES, "rows": rows})
    assert (answer.status, answer.json["errorCount"]) == (400, 50)
    assert "takes too long" in answer.json["exception"]


@pytest.mark.parametrize("number", ["1e-99999999", "-1e-999999999999"])
def test_number_of_a_few_letters_is_not_written_out_to_millions(send, number):
    text = (
        f'{{"schemaName":"lists","queryName":"samples","rows":[{{"Key":1,"note":{number},"x":1.00000000000000001}}]}}'
    )
    answer = as_json(send, "query-insertRows", text)
    assert len(answer.body) < 10_000


def test_exact_numbers_in_a_body_that_is_json_only_leniently_are_no_error_of_ours(send):
    text = "{schemaName:'lists',queryName:'samples',rows:[{Key:1,note:1.00000000000000000001}]}"
    assert ERROR_OF_OURS not in as_json(send, "query-insertRows", text).text


def test_filters_and_names_beyond_number_are_refused_before_any_database_sees_them(send):
    for more in ({"query.Key~eq": ["1"] * 501}, {"query.columns": ",".join(["Key"] * 10_001)}):
        answer = send("query-selectRows", json={**NAMES, **more})
        assert (answer.status, "more than" in answer.text or "At most" in answer.text) == (400, True)
    assert send("query-selectRows", json={**NAMES, "query.Key~eq": ["1"] * 500}).status == 200


def test_limit_of_a_folder_holds_for_files_that_are_moved_into_it(site, send):
    site.folders.add("/home/other", OPERATOR)
    half = b"x" * 600_000
    for path in ("/home", "/home/other"):
        assert send("a.bin", "PUT", path, body=half).status == 201
    set_site(site, filesQuotaMegabytes=1)
    for method in ("COPY", "MOVE"):
        there = {"Destination": "/labkey/_webdav/home/@files/b.bin"}
        assert send("a.bin", method, "/home/other", there).status == 507
    within = {"Destination": "/labkey/_webdav/home/@files/b.bin"}
    assert send("a.bin", "MOVE", "/home", within).status == 201


@pytest.mark.parametrize("length", ["abc", "1e3", "\u0663"])
def test_length_of_a_file_that_is_no_number_is_refused(send, length):
    for method in ("PUT", "PROPFIND"):
        assert send("a.bin", method, headers={"Content-Length": length, "Depth": "1"}).status == 400


def test_row_of_a_folder_that_is_gone_is_nobodys_to_move(site, send):
    import sqlalchemy as sa

    assert send("query-insertRows", json={**NAMES, "rows": [{"Key": 1}]}).status == 200
    with site.lists.database.source.altering() as connection:
        (table,) = (each for each in sa.inspect(connection).get_table_names() if each.startswith("list_"))
        connection.execute(sa.text(f"UPDATE {table} SET container = '11111111-2222-3333-4444-555555555555'"))
        connection.commit()
    moved = send("query-moveRows", json={**NAMES, "rows": [{"Key": 1}], "targetContainerPath": "/home"})
    assert (moved.status, moved.json["rowsAffected"]) == (200, 0)
