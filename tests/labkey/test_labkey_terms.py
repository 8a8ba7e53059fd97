"""Terms of use in the endpoints of the original, and what `whoAmI` says of a declaration that lacks."""

import pytest
from tests.site import OPERATOR, PASSWORD, Client, issue, sign_in

ANALYST = "analyst@example.org"
GOOD = {"email": ANALYST, "password": PASSWORD}


@pytest.fixture
def home(site):
    from keyhouse.authz import folders

    return folders.find("/home")


@pytest.fixture
def site_terms(site):
    from keyhouse.authz import folders

    return site.terms.write(folders.root(), "Be *kind*.", 0, OPERATOR)


@pytest.fixture
def home_terms(site, home):
    return site.terms.write(home, "Ask the study.", 0, OPERATOR)


def test_no_terms_are_told_as_such(client):
    answer = client.post("/home/login-getTermsOfUseApi.api").json
    assert (answer["termsOfUseContent"], answer["termsOfUseType"], answer["terms"]) == (None, "NONE", [])


def test_guest_reads_the_terms_of_the_site_as_html(client, site_terms):
    answer = client.post("/login-getTermsOfUseApi.api").json
    assert answer["termsOfUseContent"] == "<p>Be <em>kind</em>.</p>\n"
    assert answer["termsOfUseType"] == "SITE_WIDE"
    assert answer["terms"] == [{"folder": "/", "version": 1, "digest": site_terms.digest}]


def test_terms_of_a_project_come_with_those_of_the_site(client, site_terms, home_terms):
    answer = client.post("/home/login-getTermsOfUseApi.api").json
    assert answer["termsOfUseType"] == "PROJECT_LEVEL"
    assert [each["folder"] for each in answer["terms"]] == ["/", "/home"]
    assert "Be <em>kind</em>" in answer["termsOfUseContent"]
    assert "Ask the study" in answer["termsOfUseContent"]


def test_terms_are_those_of_the_folder_that_the_browser_returns_to(client, home_terms):
    there = {"returnUrl": "/labkey/home/project-begin.view"}
    assert client.post("/login-getTermsOfUseApi.api", form=there).json["termsOfUseType"] == "PROJECT_LEVEL"
    of_site = {**there, "termsOfUseType": "SITE_WIDE"}
    assert client.post("/login-getTermsOfUseApi.api", form=of_site).json["termsOfUseType"] == "NONE"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/home/login-loginApi.api", "To use the home project, you must log in and approve the terms of use."),
        ("/login-loginApi.api", "To use this site, you must check the box to approve the terms of use."),
    ],
)
def test_sign_in_without_approval_is_refused_in_the_words_of_the_original(client, analyst, site_terms, path, text):
    answer = client.post(path, form=GOOD)
    assert (answer.status, answer.json["exception"]) == (400, text)
    assert answer.json["errors"][0]["field"] == "approvedTermsOfUse"
    assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_sign_in_with_approval_accepts_the_terms_in_its_new_session(site, client, analyst, home_terms):
    answer = client.post("/home/login-loginApi.api", form={**GOOD, "approvedTermsOfUse": "true"})
    assert answer.json["approvedTermsOfUse"] is True
    assert client.get("/home/project-getContainers.api").status == 200
    made = site.declarations.history(analyst.id)[0]
    assert made.terms == [{"folder": "/home", "version": 1, "digest": home_terms.digest}]


def test_wrong_password_accepts_nothing(site, client, analyst, home_terms):
    answer = client.post(
        "/home/login-loginApi.api", form={"email": ANALYST, "password": "wrong", "approvedTermsOfUse": "1"}
    )
    assert answer.status == 400
    assert site.declarations.history(analyst.id) == []


def test_terms_are_accepted_in_a_session_that_is_there_already(client, analyst, home_terms):
    sign_in(client, ANALYST)
    assert client.get("/home/project-getContainers.api").status == 401
    how = {"approvedTermsOfUse": True, "termsOfUseType": "PROJECT_LEVEL"}
    assert client.post("/home/login-acceptTermsOfUseApi.api", json=how).json == {"success": True}
    assert client.get("/home/project-getContainers.api").status == 200


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({}, "To use the home project, you must check the box to approve the terms of use."),
        (
            {"approvedTermsOfUse": "true"},
            "Unable to determine the terms of use type from the information submitted on the form.",
        ),
        (
            {"approvedTermsOfUse": "true", "termsOfUseType": "PROJECT_LEVEL", "digest": "F" * 64},
            "The terms changed while you read them. Read them again before you accept them.",
        ),
    ],
)
def test_acceptance_that_cannot_be_is_an_error_of_the_form(client, analyst, home_terms, form, text):
    sign_in(client, ANALYST)
    answer = client.post("/home/login-acceptTermsOfUseApi.api", form=form)
    assert (answer.status, answer.json["exception"]) == (400, text)


def test_guest_accepts_nothing(client, home_terms):
    how = {"approvedTermsOfUse": "true", "termsOfUseType": "PROJECT_LEVEL"}
    client.get("/login-whoAmI.api")
    assert client.post("/home/login-acceptTermsOfUseApi.api", form=how).status == 401


@pytest.mark.parametrize("how", ["key", "password"])
def test_only_a_person_in_a_browser_accepts(site, front, analyst, home_terms, how):
    from base64 import b64encode

    basic = "Basic " + b64encode(f"{ANALYST}:{PASSWORD}".encode()).decode()
    headers = {"apikey": issue(site, analyst)} if how == "key" else {"Authorization": basic}
    client = Client(front, keeps_cookies=False)
    form = {"approvedTermsOfUse": "true", "termsOfUseType": "PROJECT_LEVEL"}
    answer = client.post("/home/login-acceptTermsOfUseApi.api", headers, form=form)
    assert answer.status in {400, 401}
    assert site.declarations.history(analyst.id) == []


def test_acceptance_of_a_foreign_page_is_refused(client, analyst, home_terms):
    sign_in(client, ANALYST)
    how = {"approvedTermsOfUse": "true", "termsOfUseType": "PROJECT_LEVEL"}
    answer = client.post("/home/login-acceptTermsOfUseApi.api", form=how, csrf=False)
    assert answer.status == 401
    assert client.get("/home/project-getContainers.api").status == 401


def test_who_am_i_tells_what_lacks_and_where_to_declare_it(client, analyst, home_terms):
    sign_in(client, ANALYST)
    url = "http://127.0.0.1:8080/labkey/home/login-declare.view"
    there = client.get("/home/login-whoAmI.api").json
    assert there["declaration"] == {"required": True, "url": url, "lacking": ["terms"]}
    assert "declaration" in list(there)[6:], "after what clients of the original know"
    assert "declaration" not in client.get("/login-whoAmI.api").json


def test_agree_only_is_for_who_has_signed_in(client, analyst):
    assert client.post("/login-isAgreeOnlyApi.api").json == {}
    sign_in(client, ANALYST)
    assert client.post("/login-isAgreeOnlyApi.api").json == {"isAgreeOnly": True}
