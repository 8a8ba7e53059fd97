"""Declarations while an administrator acts as somebody else: who signs, and for whose keys."""

from tests.console.declaring import DECLARED, declare, demand
from tests.console.pages import ADMIN, sign_in, words
from tests.site import issue


def test_an_administrator_who_acts_as_somebody_signs_as_the_administrator(site, client, admin, analyst):
    from keyhouse.declarations.models import Declaration

    issue(site, analyst, description="Nightly import")
    demand(site, "/home")
    sign_in(client, ADMIN)
    assert client.post("/user-impersonateUser.api", json={"email": analyst.email}).status == 200
    page = words(client.get("/home/login-declare.view"))
    assert "Signed as admin@example.org." in page
    assert "Nightly import" not in page
    assert declare(client, **DECLARED).status == 303
    assert [each.user_email for each in Declaration.objects.all()] == ["admin@example.org"]


def test_what_the_impersonated_person_declared_is_not_the_administrators_to_read(site, client, admin, analyst):
    from tests.console.pages import ANALYST
    from tests.site import Client

    demand(site, "/home")
    person = Client(client.front)
    sign_in(person, ANALYST)
    declare(person, **DECLARED)
    sign_in(client, ADMIN)
    assert client.post("/user-impersonateUser.api", json={"email": analyst.email}).status == 200
    page = client.get("/login-declarations.view")
    assert page.status == 200
    assert "Survival" not in words(page)
    assert "Survival" in words(person.get("/login-declarations.view"))
