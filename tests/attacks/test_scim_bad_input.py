"""Attack: what a directory sends is malformed, huge, deep, or code in disguise. It is refused in words, and quickly."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scim.conftest import GROUP, MEDIA_TYPE, PATCH, USER, Directory, provisioner_of
from tests.site import Client, issue


@pytest.fixture
def directory(site, front):
    return Directory(Client(front, keeps_cookies=False), issue(site, provisioner_of(site)))


def is_refused(answer, *statuses):
    assert answer.status in (statuses or (400,)), answer.text[:300]
    assert answer.header("Content-Type") == MEDIA_TYPE
    assert answer.json["status"] == str(answer.status) and answer.json["detail"]
    assert "Traceback" not in answer.text and "keyhouse/" not in answer.text
    return True


NESTED = b'{"schemas":["' + USER.encode() + b'"],"userName":"a@b.example","x":' + b"[" * 5000 + b"]" * 5000 + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b'{"a": NaN}',
        NESTED,
        json.dumps({"schemas": [USER], "userName": "a\0@b.example"}).encode(),
        b'{"schemas": ["' + USER.encode() + b'"], "userName": "\\ud800@b.example"}',
    ],
)
def test_a_body_that_is_no_object_is_refused(directory, body):
    assert is_refused(directory.send("POST", "/Users", body))


def test_a_huge_body_is_not_read(directory):
    body = json.dumps({"schemas": [USER], "userName": "a@b.example", "x": "y" * (1024 * 1024)}).encode()
    assert is_refused(directory.send("POST", "/Users", body), 413)


def test_another_format_is_refused(directory):
    body = {"schemas": [USER], "userName": "a@b.example"}
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", ""):
        assert is_refused(directory.send("POST", "/Users", body, Content_Type=kind), 415)


@pytest.mark.parametrize(
    "given",
    [
        {"userName": None},
        {"userName": ""},
        {"userName": 5},
        {"userName": ["a@b.example"]},
        {"userName": "no address"},
        {"userName": "a@b.example\r\nBcc: c@d.example"},
        {"userName": "a" * 300 + "@b.example"},
        {"active": "perhaps"},
        {"active": {}},
        {"emails": "a@b.example"},
        {"emails": [{"value": "x" * 400}]},
        {"emails": [{"value": "a@b.example"}] * 21},
        {"emails": [{"primary": True}, {"primary": True}]},
        {"name": "Ana"},
        {"displayName": "x" * 200},
        {"externalId": "x" * 300},
        {"schemas": "x"},
    ],
)
def test_values_of_another_kind_are_refused(directory, given):
    assert is_refused(directory.send("POST", "/Users", {"schemas": [USER], "userName": "ana@example.org", **given}))
    assert directory.get("/Users").json["totalResults"] == 0


@pytest.mark.parametrize(
    "filter_",
    [
        "userName",
        'userName eq "',
        "userName zz 1",
        'userName eq "a" and',
        "(" * 600 + "userName pr" + ")" * 600,
        "not (" * 100 + "userName pr" + ")" * 100,
        " or ".join(['userName co "a"'] * 200),
        'userName eq "' + "a" * 2000 + '"',
        'password eq "x"',
        'nothing eq "x"',
        "active gt true",
        'emails[value eq "a"].value.more eq "b"',
        "active eq 1e999",
    ],
)
def test_a_filter_that_cannot_be_read_or_would_take_long_is_refused(directory, filter_):
    directory.add("ana@example.org")
    assert is_refused(directory.found("Users", filter_))


@pytest.mark.parametrize("text", ["x' OR '1'='1", '\\"; DROP TABLE keyhouse_user; --', "%", "_", "\\\\", 'a\\"b'])
def test_a_filter_is_compared_and_never_run(directory, text):
    directory.add("ana@example.org", externalId="e1", displayName="Ana")
    for attribute in ("userName", "externalId", "id", "displayName"):
        answer = directory.found("Users", f"{attribute} eq {json.dumps(text)}")
        assert (answer.status, answer.json["totalResults"]) == (200, 0)
    assert directory.found("Users", 'userName co "%"').json["totalResults"] == 0
    assert directory.found("Users", "userName pr").json["totalResults"] == 1


@pytest.mark.parametrize("path", ["/Bulk", "/Me"])
def test_what_is_not_done_here_says_so(directory, path):
    answer = directory.send("POST", path, {})
    assert (answer.status, answer.json["status"]) == (501, "501")


@pytest.mark.parametrize("authorization", ["Bearer apikey|none", "Basic YW5hOndyb25n"])
def test_a_credential_that_is_refused_is_told_in_the_form_of_the_rfc(directory, authorization):
    answer = directory.get("/Users", Authorization=authorization)
    assert (answer.status, answer.header("Content-Type")) == (401, MEDIA_TYPE)
    assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.json["status"] == "401" and answer.json["detail"]


@pytest.mark.parametrize("query", ["startIndex=x", "count=1e3", "attributes=id&excludedAttributes=userName"])
def test_parameters_that_are_no_numbers_are_refused(directory, query):
    assert is_refused(directory.get(f"/Users?{query}"))


def test_numbers_out_of_range_give_an_empty_or_a_bounded_page(directory):
    directory.add("ana@example.org")
    assert directory.get("/Users?startIndex=-5&count=99999999").json["itemsPerPage"] == 1
    assert directory.get("/Users?startIndex=999999999999").json["itemsPerPage"] == 0
    assert directory.get(f"/Users?startIndex={10**30}").json["itemsPerPage"] == 0
    assert directory.get(f"/Groups?startIndex={2**63}&filter=displayName%20pr").json["itemsPerPage"] == 0
    assert directory.get("/Users?count=-1").json["itemsPerPage"] == 0


@pytest.mark.parametrize(
    "number", ["0", "-1", "abc", "1.5", "99999999999999999999", "٣", "1e3", "..", "%2e%2e", "%00", "'"]
)
def test_an_id_that_is_none_is_not_found(directory, number):
    answer = directory.get(f"/Users/{number}".replace("%00", "\0").replace("%2e", "."))
    assert answer.status in {400, 404}
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "operations",
    [
        [],
        None,
        "x",
        [5],
        [{}],
        [{"op": "destroy", "path": "active"}],
        [{"op": "remove"}],
        [{"op": "add", "path": "active"}],
        [{"op": "replace", "path": "emails[", "value": "x"}],
        [{"op": "replace", "path": "id", "value": "1"}],
        [{"op": "replace", "path": "groups", "value": [{"value": "1"}]}],
        [{"op": "remove", "path": "userName"}],
        [{"op": "replace", "path": "userName", "value": None}],
        [{"op": "replace", "path": "meta.version", "value": "x"}],
        [{"op": "replace", "value": "x"}],
        [{"op": "replace", "path": "(" * 500, "value": "x"}],
        [{"op": "replace", "path": "emails[" + "not (" * 60 + "value pr" + ")" * 60 + "]", "value": {}}],
    ],
)
def test_a_patch_that_makes_no_sense_changes_nothing(directory, operations):
    person = directory.add("ana@example.org")
    answer = directory.send("PATCH", f"/Users/{person['id']}", {"schemas": [PATCH], "Operations": operations})
    assert is_refused(answer)
    assert directory.get(f"/Users/{person['id']}").json == person


def test_members_that_are_none_are_refused(directory):
    group = directory.add_group("Analysts")
    for value in ("abc", "0", "-1", "999999999", 5.5, {}, ["1"], "1 OR 1=1"):
        body = {"schemas": [GROUP], "displayName": "Analysts", "members": [{"value": value}]}
        assert is_refused(directory.send("PUT", f"/Groups/{group['id']}", body))


def test_folders_that_are_called_so_keep_their_pages(site, directory, client, admin):
    from tests.site import OPERATOR

    site.folders.add("/scim", OPERATOR)
    site.folders.add("/scim/v2", OPERATOR)
    there = Client(client.front, keeps_cookies=False)
    assert there.get("/scim/v2/project-getContainers.api", {"apikey": issue(site, admin)}).json["path"] == "/scim/v2"
    assert directory.get("/Users").status == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    value=JSON, name=st.sampled_from(["userName", "active", "emails", "name", "displayName", "externalId", "members"])
)
def test_no_value_makes_the_server_fail(directory, value, name):
    for path, schema in (("/Users", USER), ("/Groups", GROUP)):
        body = {"schemas": [schema], "userName": "x", "displayName": "<", name: value}
        assert directory.send("POST", path, body).status in {400, 409, 201}
    operations = [{"op": "add", "path": name, "value": value}, {"op": "replace", "value": value}]
    answer = directory.send("PATCH", "/Users/5", {"schemas": [PATCH], "Operations": operations})
    assert answer.status in {400, 404}
