"""What a person declared: for themselves, and for administrators."""

from tests.console.declaring import DECLARED, declare, demand, write_terms
from tests.console.pages import ADMIN, ANALYST, sign_in, words
from tests.site import Client


def test_one_sees_all_that_one_declared_with_what_is_in_force(site, client, analyst):
    digest = write_terms(site, "Be kind.")
    demand(site, "/home")
    sign_in(client, ANALYST)
    declare(client, accepted=digest, **DECLARED)
    declare(client, accepted=digest, **{**DECLARED, "purpose": "Methods"})
    said = words(client.get("/login-declarations.view"))
    assert said.count("in force") == 1
    assert said.index("Methods") < said.index("Survival")
    for part in ("this browser session", "2026-017", "Limited PHI", f"the site, version 1 {digest[:12]}", "Ana Lyst"):
        assert part in said
    assert "I use this data for nothing else." in said


def test_nobody_sees_what_others_declared(site, client, analyst, admin):
    demand(site, "/home")
    sign_in(client, ANALYST)
    declare(client, **DECLARED)
    assert client.get(f"/user-declarations.view?userId={analyst.id}").status == 403
    other = Client(client.front)
    sign_in(other, ADMIN)
    assert "Survival" not in words(other.get("/login-declarations.view"))


def test_that_an_administrator_looked_is_in_the_audit_log(site, client, analyst, admin):
    from keyhouse.audit.models import AuditEvent

    demand(site, "/home")
    person = Client(client.front)
    sign_in(person, ANALYST)
    declare(person, **DECLARED)
    sign_in(client, ADMIN)
    assert "Survival" in words(client.get(f"/user-declarations.view?userId={analyst.id}"))
    event = AuditEvent.objects.latest("sequence")
    assert (event.kind, event.comment) == ("audit read", "What analyst@example.org declared was looked at.")
    assert "user-declarations.view" in client.get(f"/user-details.view?userId={analyst.id}").text


def test_a_declaration_of_a_session_that_ended_is_not_in_force(site, client, analyst):
    demand(site, "/home")
    first = Client(client.front)
    sign_in(first, ANALYST)
    declare(first, **DECLARED)
    first.post("/login-logout.view", {"Accept": "text/html"})
    sign_in(client, ANALYST)
    said = words(client.get("/login-declarations.view"))
    assert "Survival" in said and "in force" not in said


def test_a_long_list_comes_in_pages(site, client, analyst):
    from keyhouse.declarations.models import Declaration

    demand(site, "/home")
    sign_in(client, ANALYST)
    declare(client, **DECLARED)
    row = Declaration.objects.get()
    copies = [Declaration(**{**_values(row), "version": number}) for number in range(2, 62)]
    Declaration.objects.bulk_create(copies)
    said = words(client.get("/login-declarations.view", offset="50"))
    assert "51 to 61 of 61" in said
    assert client.get("/login-declarations.view", offset="-5").status == 200


def test_an_unknown_person_is_not_found(client, admin):
    sign_in(client, ADMIN)
    assert client.get("/user-declarations.view?userId=4711").status == 404


def _values(row):
    return {each.attname: getattr(row, each.attname) for each in row._meta.fields if each.attname != "id"}
