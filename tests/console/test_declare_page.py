"""The declaration page: what it asks and of whom, what it keeps of a refused form, and where it leads."""

import pytest

from keyhouse.core.permissions import Role
from tests.console.declaring import DECLARED, declare, demand, is_checked, value_of, write_terms
from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.site import OPERATOR, Client, issue, set_site

PAGE = "/home/login-declare.view"
STUDY_PAGE = "/home/Liver study/login-declare.view"


def made():
    from keyhouse.declarations.models import Declaration

    return list(Declaration.objects.select_related("key").order_by("id"))


@pytest.fixture
def signed_in(client, analyst):
    sign_in(client, ANALYST)
    return client


def test_after_signing_in_one_declares_first_and_then_comes_to_where_one_wanted(site, client, analyst):
    digest = write_terms(site, "Be kind.")
    wanted = "/labkey/home/project-begin.view?pageId=x"
    assert sign_in(client, ANALYST, returnUrl=wanted).header("Location") == wanted
    location = client.get("/home/project-begin.view?pageId=x").header("Location")
    # Whatever the site calls itself, the browser stays at the host where it is signed in.
    back = "%2Flabkey%2Fhome%2Fproject-begin.view%3FpageId%3Dx"
    assert location == f"/labkey/home/login-declare.view?returnUrl={back}"
    page = client.get(location.removeprefix("/labkey"))
    assert 'name="returnUrl" value="/labkey/home/project-begin.view?pageId=x"' in page.text
    answer = declare(client, accepted=digest, returnUrl=wanted)
    assert (answer.status, answer.header("Location")) == (303, wanted)
    assert client.get("/home/project-begin.view?pageId=x").status == 200


@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example", "/other/app", "/labkey/../x"])
def test_a_return_url_of_another_site_is_not_followed(site, signed_in, foreign):
    digest = write_terms(site, "Be kind.")
    answer = declare(signed_in, accepted=digest, returnUrl=foreign)
    assert answer.header("Location") == "/labkey/home/project-begin.view"


def test_the_page_says_what_is_asked_and_by_whom(site, signed_in, study):
    write_terms(site, "# Rules\n\nOf the **site**.")
    write_terms(site, "Of the project.", "/home")
    demand(site, "/home/Liver study")
    said = words(signed_in.get(STUDY_PAGE))
    assert "of the site Rules Of the site ." in said
    assert "of the project home Of the project." in said
    for asked in ("Purpose", "IRB number", "Protected health information", "Signature"):
        assert asked in said
    assert said.count("Asked by the folder Liver study") == 4
    assert "year and three digits, as 2026-017" in said
    assert "I use this data for nothing else." in said


def test_an_alias_of_the_page_is_what_the_original_calls_it(signed_in, site):
    write_terms(site, "Be kind.")
    assert "Be kind." in words(signed_in.get("/home/login-agreeToTerms.view"))


def test_a_guest_is_led_to_signing_in(client, site):
    write_terms(site, "Be kind.")
    assert "login-login.view" in client.get(PAGE).header("Location")


def test_where_nothing_is_demanded_the_page_leads_on(signed_in):
    assert "Nothing has to be declared here" in words(signed_in.get(PAGE))


def test_a_folder_that_one_may_not_see_does_not_show_its_terms(site, signed_in, closed):
    write_terms(site, "Secret rules.", "/Shared")
    demand(site, "/Shared/Closed")
    answer = signed_in.get("/Shared/Closed/login-declare.view")
    assert answer.status == 403
    assert "Secret rules" not in answer.text


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(site, signed_in):
    write_terms(site, "Be kind.")
    demand(site, "/home")
    answer = declare(signed_in, purpose="Survival", irbNumber="17", phiLevel="Limited", printedName="")
    assert answer.status == 400
    controls = Controls(answer.text)
    faulty = {each["id"] for each in controls.all("input") if each.get("aria-invalid")}
    assert faulty == {"accept-1", "irbNumber", "printedName"}
    described = {each["id"] for each in controls.all("p") if (each.get("id") or "").endswith("-error")}
    assert described == {"accept-1-error", "irbNumber-error", "printedName-error"}
    assert (value_of(answer, "purpose"), value_of(answer, "irbNumber")) == ("Survival", "17")
    assert is_checked(answer, "phi-Limited")
    assert made() == []


def test_terms_that_changed_while_one_read_are_shown_anew_and_are_not_accepted(site, signed_in):
    old = write_terms(site, "Be kind.")
    signed_in.get(PAGE)
    write_terms(site, "Be very kind.")
    answer = submit(signed_in, PAGE, accepted=old)
    assert answer.status == 400
    assert "The terms changed while you read them" in words(answer)
    assert "Be very kind." in words(answer)
    assert not is_checked(answer, "accept-1")


def test_who_is_asked_again_is_told_what_has_changed(site, signed_in):
    digest = write_terms(site, "Be kind.")
    demand(site, "/home")
    assert "has changed since you declared" not in words(signed_in.get(PAGE))
    assert declare(signed_in, accepted=digest, **DECLARED).status == 303
    assert "has changed since you declared" not in words(signed_in.get(PAGE))
    write_terms(site, "Be very kind.")
    assert "has changed since you declared: the terms of use. What you" in words(signed_in.get(PAGE))


def test_a_change_begins_with_what_was_declared_but_is_signed_anew(site, signed_in):
    digest = write_terms(site, "Be kind.")
    demand(site, "/home")
    assert declare(signed_in, accepted=digest, **DECLARED).status == 303
    page = signed_in.get(PAGE)
    assert (value_of(page, "purpose"), value_of(page, "irbNumber")) == ("Survival", "2026-017")
    assert (value_of(page, "printedName"), is_checked(page, "accept-1")) == ("", True)
    assert declare(signed_in, accepted=digest, **{**DECLARED, "phiLevel": "PHI"}).status == 303
    assert [(each.version, each.phi_level) for each in made()] == [(1, 1), (2, 2)]


def test_a_folder_that_asks_for_more_begins_with_what_was_declared_above_it(site, signed_in, study):
    demand(site, "/home", wants_signature=False, meaning="")
    demand(site, "/home/Liver study")
    declare(signed_in, **DECLARED)
    page = signed_in.get(STUDY_PAGE)
    assert (value_of(page, "purpose"), value_of(page, "irbNumber")) == ("Survival", "2026-017")


def test_a_purpose_of_a_list_is_chosen_from_it(site, signed_in):
    demand(site, "/home", purposes=("Survival", "Methods"))
    page = signed_in.get(PAGE)
    assert [each for each in Controls(page.text).all("select") if each["name"] == "purpose"]
    assert "Choose a purpose from the list." in words(declare(signed_in, **{**DECLARED, "purpose": "Curiosity"}))
    assert declare(signed_in, **DECLARED).status == 303


def test_purposes_of_the_data_use_ontology_are_offered_for_free_words(site, signed_in):
    demand(site, "/home")
    offered = {each["value"] for each in Controls(signed_in.get(PAGE).text).all("option")}
    assert {"biomedical research (DUO:0000037)", "general research use (DUO:0000042, GRU)"} <= offered


def test_levels_above_the_roles_are_not_offered(site, signed_in, analyst):
    demand(site, "/home", requires_phi_roles=True)
    from keyhouse.authz import folders

    site.assignments.assign(Role.LIMITED_PHI_READER, analyst, analyst.email, folders.find("/home"), OPERATOR)
    page = signed_in.get(PAGE)
    offered = [each["value"] for each in Controls(page.text).all("input") if each.get("name") == "phiLevel"]
    assert offered == ["NotPHI", "Limited"]
    assert "Your roles here allow Limited PHI at most." in words(page)
    assert declare(signed_in, **{**DECLARED, "phiLevel": "PHI"}).status == 400


def test_what_was_declared_stands_on_each_page_of_the_folder_and_in_the_menu(site, signed_in):
    demand(site, "/home")
    declare(signed_in, **DECLARED)
    said = words(signed_in.get("/home/project-begin.view"))
    assert "Purpose Survival IRB 2026-017 PHI Limited PHI Change" in said
    assert "Change my declaration" in said


def test_terms_alone_can_be_seen_again_from_the_menu(site, signed_in):
    digest = write_terms(site, "Be kind.")
    assert "Declare for this folder" in words(signed_in.get(PAGE))
    declare(signed_in, accepted=digest)
    assert "Change my declaration" in words(signed_in.get("/home/project-begin.view"))


def test_the_menu_offers_no_change_where_nothing_is_demanded(signed_in):
    said = words(signed_in.get("/home/project-begin.view"))
    assert "Change my declaration" not in said
    assert "My declarations" in said


def test_a_refused_key_leads_to_the_page_with_all_suspended_keys_chosen(site, signed_in, analyst):
    text = issue(site, analyst, description="Nightly import")
    issue(site, analyst, description="Notebook")
    digest = write_terms(site, "Be kind.")
    key = Client(signed_in.front, keeps_cookies=False)
    asked = {"apikey": text}
    refused = key.get("/home/query-getSchemas.api", asked)
    assert (refused.status, refused.json["reason"]) == (401, "declaration_required")
    page = signed_in.get(refused.json["url"].partition("/labkey")[2])
    keys = [each for each in Controls(page.text).all("input") if each.get("name") == "key"]
    assert len(keys) == 2 and all("checked" in each for each in keys)
    assert words(page).count("suspended") >= 2
    assert declare(signed_in, accepted=digest, key=[each["value"] for each in keys]).status == 303
    assert key.get("/home/query-getSchemas.api", asked).status == 200


def test_external_tool_access_says_which_keys_are_suspended_and_where(site, signed_in, analyst):
    issue(site, analyst, description="Nightly import")
    demand(site, "/home")
    page = signed_in.get("/security-externalToolsView.view")
    assert "Nightly import suspended declaration needed: /home" in words(page)
    links = [each["href"] for each in Controls(page.text).all("a") if "keyId=" in (each.get("href") or "")]
    declare(signed_in, **DECLARED, key=_key_numbers(signed_in.get(links[0].removeprefix("/labkey"))))
    assert "suspended" not in words(signed_in.get("/security-externalToolsView.view"))


def test_a_key_of_somebody_else_cannot_be_declared_for(site, signed_in, analyst, admin):
    issue(site, admin)
    from keyhouse.keys.models import ApiKey

    demand(site, "/home")
    declare(signed_in, **DECLARED, key=str(ApiKey.objects.get().pk))
    assert [each.key for each in made()] == [None]


def test_a_program_with_a_session_key_declares_nothing(site, signed_in, analyst):
    set_site(site, allowSessionKeys=True)
    page = submit(signed_in, "/security-externalToolsView.view", type="session")
    text = value_of(page, "session_token")
    demand(site, "/home")
    program = Client(signed_in.front, keeps_cookies=False)
    answer = program.get(PAGE, {"apikey": str(text)})
    assert "A declaration is made by a person in a browser." in words(answer)


def test_an_administrator_reaches_the_demands_though_nothing_was_declared(site, client, admin):
    demand(site, "/home")
    sign_in(client, ADMIN)
    assert "admin-folderDemands.view" in client.get(PAGE).text
    assert client.get("/home/admin-folderDemands.view").status == 200


def _key_numbers(page):
    return [each["value"] for each in Controls(page.text).all("input") if each.get("name") == "key"]
