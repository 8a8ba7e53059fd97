"""What the texts of the mission say of API keys beside passwords, each sentence as a test, in its words.

Their other sentences have their tests where the thing is built: the page External Tool Access, the list of all keys,
the envelopes, the reasons of refusal, the clients with a netrc file.
"""

import pytest
from tests.console.pages import ADMIN, ANALYST, submit
from tests.session_keys import Browser, signed_in
from tests.site import OPERATOR, PASSWORD, Client, sign_in

NEW = "another battery horse"
_ROLES = "org.labkey.api.security.roles."


def api_key(browser: Browser, description: str = "") -> str:
    asked = {"type": "apikey", "description": description}
    return str(browser.client.post("/security-createApiKey.api", json=asked).json["apikey"])


def test_they_are_independent_of_your_login_password(browser):
    key = api_key(browser)
    changed = submit(browser.client, "/login-changePassword.view", oldpassword=PASSWORD, password1=NEW, password2=NEW)
    assert changed.status == 303
    assert browser.program(key).status == 200


def test_they_can_be_revoked_without_affecting_your_account(browser, front):
    key, other = api_key(browser), api_key(browser)
    listed = browser.client.get("/query-selectRows.api", schemaName="core", **{"query.queryName": "UserApiKeys"}).json
    first = min(row["RowId"] for row in listed["rows"])
    gone = {"schemaName": "core", "queryName": "UserApiKeys", "rows": [{"RowId": first}]}
    assert browser.client.post("/query-deleteRows.api", json=gone).json["rowsAffected"] == 1
    assert browser.reason(key) == (401, "key_revoked")
    assert browser.program(other).status == 200
    assert sign_in(Client(front), ANALYST).json["success"]


def test_they_suit_service_accounts_where_a_personal_password_would_be_inappropriate(site, front, browser):
    from keyhouse.accounts.users import find

    site.users.add("pipeline@example.org", OPERATOR, is_service=True)
    key = site.api_keys.issue(find("pipeline@example.org"), OPERATOR, -1).token.text
    assert browser.program(key).json["email"] == "pipeline@example.org"
    guest = Client(front)
    guest.get("/login-whoAmI.api")
    form = {"email": "pipeline@example.org", "password": PASSWORD}
    assert guest.post("/login-loginApi.api", form=form).status == 400


def test_a_user_can_use_multiple_keys_in_different_contexts_at_the_same_time(browser, events):
    keys = [api_key(browser, context) for context in ("notebook", "cluster")]
    assert [browser.program(key).json["email"] for key in keys] == [ANALYST] * 2
    assert {event.key_id for event in events("key used")} == {key[4:16] for key in keys}


def test_all_access_is_subject_to_your_authorization_and_logged_with_your_user_information(site, browser, events):
    closed = site.folders.add("/closed", OPERATOR)
    site.folders.set_inheritance(closed, False, OPERATOR)
    key, users = api_key(browser), {"schemaName": "core", "query.queryName": "Users"}
    assert browser.program(key, "/closed/query-selectRows.api", **users).status == 403
    assert browser.program(key, "/home/query-selectRows.api", **users).status == 200
    refused, read = events("access refused")[-1], events("data read")[-1]
    for event in (refused, read):
        assert (event.user, event.key_id, event.via) == (ANALYST, key[4:16], "an API key")
    assert (refused.folder, read.folder) == ("/closed", "/home")


@pytest.mark.parametrize(
    ("action", "whom"),
    [
        ("impersonateUser", {"email": ANALYST}),
        ("impersonateGroup", {"groupId": -2}),
        ("impersonateRoles", {"roleNames": [f"{_ROLES}ReaderRole"]}),
    ],
)
def test_when_an_administrator_is_impersonating_a_user_group_or_role_they_cannot_generate_an_api_key(
    browser, front, admin, action, whom
):
    boss = signed_in(front, ADMIN)
    assert boss.client.post(f"/user-{action}.api", json=whom).status == 200
    refused = boss.client.post("/security-createApiKey.api", json={"type": "apikey"})
    assert (refused.status, refused.json["exception"]) == (403, "Can't create an API key while impersonating")
    boss.client.post("/login-stopImpersonatingApi.api", json={})
    assert boss.program(api_key(boss)).json["email"] == ADMIN
