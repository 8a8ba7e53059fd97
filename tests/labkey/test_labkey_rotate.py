"""A key replaces itself, at once or in two steps, and gains nothing by it."""

from datetime import timedelta

import pytest
from tests.devices import who
from tests.site import Client, issue, set_site, sign_in

PATH = "/security-rotateApiKey.api"
DAY = 86_400


def rows():
    from keyhouse.keys.models import ApiKey

    return {key.key_id: key for key in ApiKey.objects.all()}


def row(key):
    return rows()[key.split("_")[1]]


@pytest.fixture
def ask(front, keys_on):
    """Send the action a key and a step."""

    def sent(key: str, step: str = "", **more):
        return Client(front, keeps_cookies=False).post(PATH, {"apikey": key}, json={"step": step, **more})

    return sent


@pytest.fixture
def key(site, analyst):
    return issue(site, analyst, maximum_seconds=30 * DAY, description="nightly run")


def test_key_is_replaced_at_once_and_the_old_one_told_why(front, ask, key, events):
    answer = ask(key)
    new = answer.json["apikey"]
    assert (answer.status, answer.header("Cache-Control")) == (200, "no-store")
    assert answer.json["replaces"] == key.split("_")[1]
    assert who(front, new).json["email"] == "analyst@example.org"
    assert who(front, key).json["reason"] == "key_rotated"
    assert row(new).description == "nightly run"
    [event] = events("key rotated")
    assert (event.user, event.key_id) == ("analyst@example.org", key.split("_")[1])
    assert event.details["newKeyId"] == new.split("_")[1]


def test_in_two_steps_the_old_key_lives_until_the_new_one_says_that_it_arrived(front, ask, key):
    new = ask(key, "begin").json["apikey"]
    assert [who(front, each).status for each in (key, new)] == [200, 200]
    assert ask(new, "finish").json["replaces"] == key.split("_")[1]
    assert [who(front, each).status for each in (key, new)] == [401, 200]
    assert ask(new, "finish").status == 400


def test_replacement_ends_when_the_old_key_would_have(site, ask, key):
    from keyhouse.keys.models import ApiKey

    ApiKey.objects.update(created_at=site.clock() - timedelta(days=20), expires_at=site.clock() + timedelta(days=10))
    end = row(key).expires_at
    new = ask(key).json["apikey"]
    assert timedelta(0) <= end - row(new).expires_at < timedelta(seconds=2)


def test_replacement_is_renewed_where_keys_may_issue_keys_but_never_beyond_the_maximum(site, ask, key):
    set_site(site, apiKeysMayIssueKeys=True)
    new = ask(key).json["apikey"]
    assert row(new).expires_at - row(new).created_at == timedelta(days=30)
    set_site(site, apiKeyExpirationSeconds=7 * DAY)
    newer = ask(new).json["apikey"]
    assert row(newer).expires_at - row(newer).created_at == timedelta(days=7)


def test_key_without_an_end_gets_one_where_the_site_sets_a_maximum(site, ask, analyst):
    endless = issue(site, analyst)
    assert ask(endless).json["expiresAt"] is None
    set_site(site, apiKeyExpirationSeconds=7 * DAY)
    other = issue(site, analyst)
    assert ask(other).json["expiresAt"] is not None


def test_beginning_again_revokes_the_replacement_begun_before(front, ask, key):
    first, second = ask(key, "begin").json["apikey"], ask(key, "begin").json["apikey"]
    assert [who(front, each).status for each in (key, first, second)] == [200, 401, 200]


def test_there_are_never_more_than_two_living_keys_of_one_line(front, ask, key):
    line = [key]
    for _ in range(5):
        line.append(ask(line[-1], "begin").json["apikey"])
    assert [who(front, each).status for each in line] == [401, 401, 401, 401, 200, 200]


def test_revoked_expired_and_replaced_keys_are_not_replaced(site, front, ask, key):
    assert ask(key).status == 200
    assert ask(key).json["reason"] == "key_rotated"
    assert len(rows()) == 2


def test_key_of_a_labkey_server_is_replaced_by_one_of_ours(front, site, ask, analyst):
    from keyhouse.core.digests import digest
    from keyhouse.keys.models import ApiKey

    old = "0123456789abcdef" * 4
    ApiKey.objects.create(key_id="lk0123", digest=digest(old), owner=analyst, created_at=site.clock())
    assert ask(old).json["apikey"].startswith("khk_")
    assert who(front, old).json["reason"] == "key_rotated"


def test_nothing_but_a_key_replaces_a_key(front, analyst, keys_on):
    browser = Client(front)
    sign_in(browser, "analyst@example.org")
    session_key = browser.post("/security-createApiKey.api", json={"type": "session"}).json["apikey"]
    script = Client(front, keeps_cookies=False)
    assert browser.post(PATH, json={}).status == 403
    assert script.post(PATH, {"apikey": session_key}, json={}).status == 403
    assert script.post(PATH, json={}).status == 401


def test_cookie_that_a_key_opened_replaces_nothing(front, key, keys_on):
    client = Client(front)
    client.get("/login-whoAmI.api", {"apikey": key})
    assert client.get("/login-whoAmI.api").json["email"] == "analyst@example.org"
    assert client.post(PATH, json={}).status == 403


def test_switched_off_site_replaces_none_but_finishes_what_was_begun(site, ask, key):
    new = ask(key, "begin").json["apikey"]
    set_site(site, allowApiKeys=False)
    assert ask(key).status == 404
    assert ask(new, "finish").status == 200


def test_unknown_step_and_get_are_refused(front, ask, key):
    assert ask(key, "sideways").status == 400
    assert Client(front).get(PATH, {"apikey": key}).status == 405


def test_key_may_revoke_itself(front, key, keys_on):
    script, header = Client(front, keeps_cookies=False), {"apikey": key}
    rows = script.get("/query-selectRows.api?schemaName=core&query.queryName=UserApiKeys", header).json["rows"]
    [mine] = [row for row in rows if row["KeyId"] == key.split("_")[1]]
    body = {"schemaName": "core", "queryName": "UserApiKeys", "rows": [{"RowId": mine["RowId"]}]}
    assert script.post("/query-deleteRows.api", header, json=body).status == 200
    assert who(front, key).json["reason"] == "key_revoked"
