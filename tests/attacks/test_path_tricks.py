"""Attack: paths that climb, hide a slash or look like another, to reach what the caller may not."""

import pytest

from tests.attacks.wire import send
from tests.site import OPERATOR, issue


@pytest.mark.parametrize(
    "path",
    [
        b"/labkey/../labkey/login-whoAmI.api",
        b"/labkey/x/../login-whoAmI.api",
        b"/labkey/%2e%2e/login-whoAmI.api",
        b"/labkey/%2E%2e%2Fetc%2fpasswd",
        b"/labkey/..%2f..%2fetc/passwd",
        b"/labkey/home/%2e/login-whoAmI.api",
        b"/labkey/%5c..%5c/login-whoAmI.api",
        b"/labkey/a%00b/login-whoAmI.api",
        b"/labkey/a%0d%0aX-Evil:1/login-whoAmI.api",
        b"/labkey/_assets/..%2f..%2fsecret.key",
        b"/labkey/secret.key",
        b"/labkey/keyhouse.sqlite3",
    ],
)
def test_climbing_paths_reach_nothing(live, path):
    answer = send(live.port, [b"GET " + path + b" HTTP/1.1"])
    assert answer.status in {400, 404}
    assert "root:" not in answer.body and "X-Evil" not in answer.head


@pytest.fixture
def secret(site, analyst):
    return site.folders.add("/Secret", OPERATOR)


@pytest.mark.parametrize(
    "path",
    [
        "/Secret/query-getSchemas.api",
        "/secret/query-getSchemas.api",
        "//Secret//query-getSchemas.api",
        "/query/Secret/getSchemas.api",
        "/home%2fSecret/query-getSchemas.api",
        "/Secret/QUERY-GETSCHEMAS.API",
        "/Secret/query-getSchemas.view",
        "/Secret/query-getSchemas",
        "/{id}/query-getSchemas.api",
        "/__r{row}/query-getSchemas.api",
        "/home/query-getSchemas.api?containerPath=/Secret",
    ],
)
def test_no_way_of_writing_a_folder_goes_around_its_permissions(site, client, analyst, secret, path):
    path = path.format(id=secret.entity_id, row=secret.id)
    answer = client.get(path, {"apikey": issue(site, analyst)})
    assert answer.status in {403, 404} or "Secret" not in answer.text


@pytest.mark.parametrize(
    "name", ["Secret\u200b", "\u202eterceS", "S\u0435cret", "Secret.", "Secret ", "Secret/", "Secret;x"]
)
def test_names_that_look_like_a_folder_are_not_that_folder(site, client, admin, secret, name):
    answer = client.get(f"/{name}/query-getSchemas.api", {"apikey": issue(site, admin)})
    assert answer.status in {400, 404} or name == "Secret/"


def test_nothing_is_served_outside_the_context_path(live):
    for path in (b"/login-whoAmI.api", b"/labkeyevil/login-whoAmI.api", b"//labkey/login-whoAmI.api"):
        assert send(live.port, [b"GET " + path + b" HTTP/1.1"]).status == 404
