"""Signing in and out through the pages."""

import pytest

from tests.console.pages import ANALYST, Controls, sign_in, submit, words


def who(client):
    return client.get("/login-whoAmI.api").json["email"]


def test_the_right_password_signs_in_and_leads_home(client, analyst):
    answer = sign_in(client, ANALYST)
    assert (answer.status, answer.header("Location")) == (303, "/labkey/home/project-begin.view")
    assert who(client) == ANALYST


def test_an_address_is_matched_without_regard_to_case(client, analyst):
    sign_in(client, " Analyst@Example.ORG ")
    assert who(client) == ANALYST


def test_a_wrong_password_and_an_unknown_account_read_the_same(client, analyst):
    wrong = sign_in(client, ANALYST, "wrong")
    unknown = sign_in(client, "nobody@example.org", "wrong")
    assert wrong.status == unknown.status == 401
    assert words(wrong).replace(ANALYST, "") == words(unknown).replace("nobody@example.org", "")
    assert who(client) == "guest"


def test_a_refused_form_keeps_the_address_and_never_the_password(client, analyst):
    answer = sign_in(client, ANALYST, "not the password")
    assert f'value="{ANALYST}"' in answer.text
    assert "not the password" not in answer.text


def test_a_form_without_a_password_says_what_is_missing(client, analyst):
    assert "Please sign in using your email address and password." in words(sign_in(client, ANALYST, ""))


def test_a_deactivated_person_with_the_right_password_is_told(client, site, analyst):
    from tests.site import OPERATOR

    site.users.deactivate(analyst, OPERATOR)
    answer = sign_in(client, ANALYST)
    assert answer.status == 401
    assert who(client) == "guest"


def test_signing_in_leads_back_to_where_one_was_going(client, analyst):
    answer = sign_in(client, ANALYST, returnUrl="/labkey/security-externalToolsView.view")
    assert answer.header("Location") == "/labkey/security-externalToolsView.view"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/other", "/labkey\\@evil.example", "javascript:x"]
)
def test_signing_in_never_leads_to_another_site(client, analyst, elsewhere):
    assert sign_in(client, ANALYST, returnUrl=elsewhere).header("Location") == "/labkey/home/project-begin.view"
    assert "evil" not in client.get("/login-login.view", returnUrl=elsewhere).text


def test_who_is_signed_in_is_led_on_from_the_form(client, analyst):
    sign_in(client, ANALYST)
    assert client.get("/login-login.view").status == 302


def test_signing_in_without_the_token_is_refused(client, analyst):
    client.get("/login-login.view")
    form = {"email": ANALYST, "password": "correct horse battery"}
    assert client.post("/login-login.view", form=form, csrf=False).status == 401
    assert who(client) == "guest"


def test_signing_out_ends_the_session(client, analyst):
    sign_in(client, ANALYST)
    cookie = client.cookies["JSESSIONID"]
    answer = submit(client, "/login-logout.view")
    assert answer.status == 303
    client.cookies["JSESSIONID"] = cookie
    assert who(client) == "guest"


def test_a_picture_on_a_foreign_page_cannot_sign_out(client, analyst):
    sign_in(client, ANALYST)
    answer = client.get("/login-logout.view")
    assert answer.status == 405
    assert "This action does not support HTTP GET" in words(answer)
    assert who(client) == ANALYST


def test_the_menu_of_a_signed_in_person_has_its_three_entries(client, analyst):
    sign_in(client, ANALYST)
    page = client.get("/home/project-begin.view")
    targets = {attrs.get("href") for attrs in Controls(page.text).all("a")}
    assert {"/labkey/security-externalToolsView.view", "/labkey/login-changePassword.view"} <= targets
    assert "Sign out" in words(page)
    assert "Admin Console" not in words(page)


def test_a_program_that_signs_out_gets_an_answer_that_it_can_read(client, analyst):
    sign_in(client, ANALYST)
    assert client.post("/login-logout.api").json == {"success": True}
    assert who(client) == "guest"
