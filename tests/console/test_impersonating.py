"""Impersonating on the pages: choosing, the banner on every page, stopping, and the end that comes by itself."""

import re

import pytest

from keyhouse.core.permissions import Role
from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.site import OPERATOR, PASSWORD, Client, set_site

STOP = "/login-stopImpersonating.view"
BANNER = f"You ({ADMIN}) are impersonating"
HTML = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}


@pytest.fixture
def browser(client, admin, analyst):
    sign_in(client, ADMIN)
    return client


@pytest.fixture
def as_analyst(browser, analyst):
    assert submit(browser, "/user-actAsUser.view", id=analyst.id).status == 303
    return browser


def impersonated(client):
    return client.get("/login-whoAmI.api").json["impersonated"]


def test_the_menu_leads_an_administrator_to_the_choice_and_nobody_else(browser, front):
    assert 'href="/labkey/home/user-actAsUser.view"' in browser.get("/home/project-begin.view").text
    analyst = Client(front)
    sign_in(analyst, ANALYST)
    assert "actAsUser" not in analyst.get("/home/project-begin.view").text
    for page in ("User", "Group"):
        assert analyst.get(f"/home/user-actAs{page}.view").status == 403
    assert analyst.get("/home/user-actWithRoles.view").status == 403
    assert analyst.post("/home/user-actAsUser.view", HTML, form={"id": 1001}).status == 403


def test_users_are_found_by_address_or_name_and_the_page_says_what_will_happen(browser, site):
    site.users.add("other@example.org", OPERATOR, display_name="Somebody Else")
    site.users.deactivate(site.users.add("gone@example.org", OPERATOR), OPERATOR)
    page = browser.get("/user-actAsUser.view")
    assert {"analyst@example.org", "gone@example.org"} <= set(words(page).split()) and "deactivated" in words(page)
    assert page.text.count('name="id"') == 2, "neither oneself nor who is deactivated can be chosen"
    assert "The session keys of this browser session end when you begin." in words(page)
    found = words(browser.get("/user-actAsUser.view", q="somebody"))
    assert "other@example.org" in found and ANALYST not in found
    assert "Nothing that you may impersonate here has “xyz” in its name." in words(
        browser.get("/user-actAsUser.view?q=xyz")
    )


def test_a_banner_stands_on_every_page_and_the_menu_stops_instead_of_signing_out(as_analyst):
    for path in (
        "/home/project-begin.view",
        "/security-externalToolsView.view",
        "/no-such.view",
        "/admin-showAdmin.view",
    ):
        page = as_analyst.get(path, HTML)
        assert f"{BANNER} {ANALYST} ." in words(page), path
        assert f'<meta name="authenticatedUser" content="{ADMIN}">' in page.text
        assert f'<meta name="impersonatedUser" content="{ANALYST}">' in page.text
        assert "Stop Impersonating" in words(page) and "Sign out" not in words(page), path


def test_who_impersonates_nobody_has_no_banner(browser):
    page = browser.get("/home/project-begin.view")
    assert "are impersonating" not in words(page) and "Sign out" in words(page)
    assert f'<meta name="authenticatedUser" content="{ADMIN}">' in page.text and "impersonatedUser" not in page.text
    assert "authenticatedUser" not in Client(browser.front).get("/login-login.view").text


def test_the_button_stops_and_leads_back_to_where_it_began(browser, analyst):
    submit(browser, "/Shared/user-actAsUser.view", id=analyst.id)
    stopped = submit(browser, STOP)
    assert (stopped.status, stopped.header("Location")) == (302, "/labkey/Shared/project-begin.view")
    assert not impersonated(browser)
    assert browser.get("/admin-showAdmin.view").status == 200


def test_a_foreign_page_cannot_start_or_stop_it(as_analyst, browser, analyst):
    assert as_analyst.post(STOP, {"Origin": "https://evil.example"}, form={}).status == 401
    assert impersonated(as_analyst)
    submit(as_analyst, STOP)
    assert browser.post("/user-actAsUser.view", HTML, form={"id": analyst.id}, csrf=False).status == 401
    assert not impersonated(browser)


def test_a_group_is_chosen_and_what_it_may_is_told(browser, site):
    group = site.groups.add("Lab", OPERATOR)
    folder = site.folders.add("/Study", OPERATOR)
    site.assignments.assign(Role.EDITOR, group, "Lab", folder, OPERATOR)
    assert "Guests" not in re.findall(r'<th scope="row">(\w+)</th>', browser.get("/user-actAsGroup.view").text)
    after = submit(browser, "/user-actAsGroup.view", id=group.id)
    page = browser.get(after.header("Location").removeprefix("/labkey"))
    assert f"{BANNER} the group Lab ." in words(page) and "/Study Editor" in words(page)
    assert "impersonatedUser" not in page.text


def test_roles_are_ticked_and_changed_while_it_goes_on(browser):
    page = "/user-actWithRoles.view"
    refused = submit(browser, page)
    assert refused.status == 400 and "Choose at least one role." in words(refused)
    submit(browser, page, roleNames=[Role.SUBMITTER.class_name])
    assert f"{BANNER} the role Submitter ." in words(browser.get("/home/project-begin.view", HTML))
    adjust = browser.get(page)
    chosen = [box["value"] for box in Controls(adjust.text).all("input") if "checked" in box]
    assert chosen == [Role.SUBMITTER.class_name] and "Change the roles" in words(adjust)
    submit(browser, page, roleNames=[Role.READER.class_name, Role.SUBMITTER.class_name])
    assert f"{BANNER} the roles Reader, Submitter ." in words(browser.get("/home/project-begin.view"))
    mixed = submit(browser, page, roleNames=[Role.READER.class_name, Role.TROUBLESHOOTER.class_name])
    assert mixed.status == 400 and "at the same time" in words(mixed)


def test_no_other_is_offered_while_it_goes_on(as_analyst, admin):
    for page in ("/user-actAsUser.view", "/user-actAsGroup.view", "/user-actWithRoles.view"):
        assert as_analyst.get(page).header("Location") == "/labkey/user-acting.view"
        assert submit(as_analyst, page, id=admin.id).header("Location") == "/labkey/user-acting.view"


def test_a_project_administrator_is_told_of_the_confinement(site, front, analyst):
    study = site.folders.add("/Study", OPERATOR)
    user = site.users.add("pi@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.PROJECT_ADMINISTRATOR, user, user.email, study, OPERATOR)
    site.assignments.assign(Role.READER, analyst, analyst.email, study, OPERATOR)
    browser = Client(front)
    sign_in(browser, user.email)
    assert browser.get("/user-actAsUser.view").status == 403
    page = words(browser.get("/Study/user-actAsUser.view"))
    assert ANALYST in page and "You administer /Study alone: everything outside it is refused meanwhile." in page
    submit(browser, "/Study/user-actAsUser.view", id=analyst.id)
    page = browser.get("/Shared/project-begin.view", HTML)
    assert page.status == 403
    assert f"You (pi@example.org) are impersonating {ANALYST} in /Study." in words(page)


def test_keys_are_neither_made_nor_shown_meanwhile(as_analyst, site, analyst):
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    site.api_keys.issue(analyst, OPERATOR, -1, "the analyst's own")
    page = as_analyst.get("/security-externalToolsView.view")
    assert "API key generation is not available while impersonating." in words(page)
    assert "the analyst&#x27;s own" not in page.text
    refused = submit(as_analyst, "/security-externalToolsView.view", type="apikey")
    assert "Can't create an API key while impersonating" in words(refused)
    assert as_analyst.get("/login-changePassword.view", HTML).status == 403
    assert as_analyst.get("/device-approve.view").status == 403


@pytest.mark.parametrize("lost", ["right", "deactivated", "deleted"])
def test_a_page_says_that_it_has_ended_and_the_next_one_is_the_administrators(as_analyst, site, admin, analyst, lost):
    from keyhouse.accounts.models import ADMINISTRATORS_ID, Group

    if lost == "right":
        site.groups.remove_member(Group.objects.get(id=ADMINISTRATORS_ID), admin, OPERATOR)
    else:
        (site.users.deactivate if lost == "deactivated" else site.users.delete)(analyst, OPERATOR)
    page = as_analyst.get("/home/project-begin.view", HTML)
    assert page.status == 403 and "The impersonation has ended" in words(page)
    assert "are impersonating" not in words(page) and f"Signed in as {ADMIN}" in words(page)
    assert as_analyst.get("/home/project-begin.view", HTML).status == 200
    assert not impersonated(as_analyst)
