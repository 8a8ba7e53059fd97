"""Signing in and out through the client API (labkey-server.md, section 4)."""

import pytest
from tests.site import PASSWORD, sign_in

ANALYST = "analyst@example.org"
WRONG = (
    "The email address and password you entered did not match any accounts on file.\n"
    "Note: Passwords are case sensitive; make sure your Caps Lock is off."
)


def test_sign_in_answers_with_user_token_and_where_to_go(client, analyst):
    answer = sign_in(client, ANALYST)
    body = answer.json
    assert (body["success"], body["user"]["email"], body["user"]["isSignedIn"]) == (True, ANALYST, True)
    assert body["returnUrl"] == "/labkey/home/project-begin.view"
    assert body["CSRF"] == client.cookies["X-LABKEY-CSRF"]
    assert client.get("/login-whoAmI.api").json["email"] == ANALYST


def test_sign_in_takes_json_as_well(client, analyst):
    answer = client.post("/login-loginApi.api", json={"email": ANALYST, "password": PASSWORD})
    assert answer.json["user"]["id"] == analyst.id


def test_user_object_tells_what_the_user_may_do_in_the_folder(client, analyst, admin):
    user = client.post("/home/login-loginApi.api", json={"email": admin.email, "password": PASSWORD}).json["user"]
    assert (user["canInsert"], user["isAdmin"], user["isSystemAdmin"]) == (True, True, True)
    user = client.post("/home/login-loginApi.api", json={"email": ANALYST, "password": PASSWORD}).json["user"]
    assert (user["canInsert"], user["isAdmin"], user["isSystemAdmin"]) == (False, False, False)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"email": ANALYST, "password": "wrong"}, WRONG),
        ({"email": "nobody@example.org", "password": "wrong"}, WRONG),
        ({"email": "", "password": "x"}, "Please sign in using your email address and password."),
        ({"email": ANALYST}, "Please sign in using your email address and password."),
        (
            {"email": "analyst", "password": "x"},
            "Please sign in using your full email address, for example: employee@domain.com",
        ),
    ],
)
def test_failed_sign_in_is_an_error_of_the_form(client, analyst, form, text):
    answer = client.post("/login-loginApi.api", form=form)
    assert answer.status == 400
    assert (answer.json["success"], answer.json["exception"]) == (False, text)
    assert answer.json["errors"][0]["message"] == text
    assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_deactivated_account_reads_like_a_wrong_password(site, client, analyst):
    from tests.site import OPERATOR

    site.users.deactivate(analyst, OPERATOR)
    answer = client.post("/login-loginApi.api", form={"email": ANALYST, "password": PASSWORD})
    assert (answer.status, answer.json["exception"]) == (400, WRONG)


@pytest.mark.parametrize("name", ["password", "email", "PassWord"])
def test_password_in_the_url_is_refused(client, analyst, name):
    answer = client.post(f"/login-loginApi.api?{name}=x", form={"email": ANALYST, "password": PASSWORD})
    assert answer.status == 400
    assert answer.json["exception"] == "Invalid request. email and/or password are not allowed on the URL."


def test_guessing_is_throttled(client, analyst):
    wrong = {"email": ANALYST, "password": "wrong"}
    answers = [client.post("/login-loginApi.api", form=wrong) for _ in range(25)]
    assert answers[-1].status == 429
    assert answers[-1].header("Retry-After") == "60"
    right = client.post("/login-loginApi.api", form={"email": ANALYST, "password": PASSWORD})
    assert right.status == 429


def test_sign_in_by_get_is_refused(client):
    answer = client.get("/login-loginApi.api")
    assert (answer.status, answer.json["exception"]) == (405, "Method Not Allowed: GET")


def test_foreign_page_cannot_sign_a_browser_in(client, analyst):
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/login-loginApi.api", headers, form={"email": ANALYST, "password": PASSWORD})
    assert answer.status == 401


@pytest.mark.parametrize("url", ["//evil.example/", "https://evil.example/", "/elsewhere", "/labkey\\@evil.example"])
def test_return_url_that_leaves_the_site_is_not_followed(client, analyst, url):
    form = {"email": ANALYST, "password": PASSWORD, "returnUrl": url}
    assert client.post("/login-loginApi.api", form=form).json["returnUrl"] == "/labkey/home/project-begin.view"


def test_local_return_url_is_kept(client, analyst):
    form = {"email": ANALYST, "password": PASSWORD, "returnUrl": "/labkey/Shared/project-begin.view?a=b"}
    assert client.post("/login-loginApi.api", form=form).json["returnUrl"] == "/labkey/Shared/project-begin.view?a=b"


def test_sign_out_ends_the_session(client, analyst):
    sign_in(client, ANALYST)
    stolen = dict(client.cookies)
    assert client.post("/login-logoutApi.api").json == {"success": True}
    client.cookies.update(stolen)
    assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_sign_out_without_the_token_is_refused(client, analyst):
    sign_in(client, ANALYST)
    assert client.post("/login-logoutApi.api", csrf=False).status == 401
    assert client.get("/login-whoAmI.api").json["email"] == ANALYST
