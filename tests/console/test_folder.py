"""A folder's page shows what one may see, and nothing of what one may not."""

import pytest

from keyhouse.core.permissions import Role
from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, words
from tests.site import OPERATOR, Client

PAGE = "/home/Liver study/project-begin.view"


def test_sources_and_their_tables_link_to_grids(client, analyst, study):
    sign_in(client, ANALYST)
    page = client.get(PAGE)
    assert "clinical" in words(page)
    targets = {attrs.get("href") for attrs in Controls(page.text).all("a")}
    grid = "/labkey/home/Liver%20study/query-executeQuery.view?schemaName=clinical&query.queryName=patients"
    assert grid in targets


def test_the_way_to_the_folder_is_shown_and_the_last_step_is_current(client, analyst, study):
    sign_in(client, ANALYST)
    crumbs = [
        attrs for attrs in Controls(client.get(PAGE).text).all("a") if "project-begin" in (attrs.get("href") or "")
    ]
    assert crumbs[0]["href"] == "/labkey/home/project-begin.view"
    assert crumbs[1]["aria-current"] == "page"


def test_a_folder_that_one_may_not_see_is_not_named(client, analyst, closed):
    sign_in(client, ANALYST)
    assert "Closed" not in words(client.get("/Shared/project-begin.view"))
    assert client.get("/Shared/Closed/project-begin.view").status == 403


def test_a_role_makes_the_folder_show_at_once(client, site, analyst, closed):
    sign_in(client, ANALYST)
    site.assignments.assign(Role.READER, analyst, ANALYST, closed, OPERATOR)
    assert "Closed" in words(client.get("/Shared/project-begin.view"))
    assert client.get("/Shared/Closed/project-begin.view").status == 200


def test_a_guest_at_home_is_asked_to_sign_in(client, study):
    page = client.get("/home/project-begin.view")
    assert page.status == 200
    assert "Sign in to see" in words(page)
    assert "Liver study" not in words(page)


def test_a_source_whose_database_is_down_says_so_and_leaves_the_others(client, site, analyst, study):
    site.sources.add("broken", "postgresql://nobody@127.0.0.1:1/none", study, OPERATOR)
    sign_in(client, ANALYST)
    page = client.get(PAGE)
    assert page.status == 200
    assert "patients" in words(page)
    assert "The other data of this site can be used" in words(page)


def test_attached_databases_are_looked_up_no_oftener_where_there_are_more(client, site, analyst, study, monkeypatch):
    looks, current = [], site.registry._current
    monkeypatch.setattr(type(site.registry), "_current", lambda _self: looks.append(1) or current())
    sign_in(client, ANALYST)
    counts = []
    for name in ("more", "most"):
        client.get(PAGE)
        counts.append(len(looks))
        looks.clear()
        site.sources.add(name, "postgresql://nobody@127.0.0.1:1/none", study, OPERATOR)
        looks.clear()
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("email", "is_shown"), [(ADMIN, True), (ANALYST, False)])
def test_permissions_are_linked_for_who_administers_the_folder(client, admin, analyst, study, email, is_shown):
    sign_in(client, email)
    assert ("security-permissions" in client.get(PAGE).text) is is_shown


def test_an_empty_folder_says_that_there_is_nothing(client, site, analyst):
    site.folders.add("/home/Empty", OPERATOR)
    sign_in(client, ANALYST)
    assert "Nothing to see here yet" in words(client.get("/home/Empty/project-begin.view"))


def test_only_who_administers_the_site_reads_where_a_database_is(front, site, admin, analyst, study):
    site.sources.add("broken", "sqlite:////srv/nowhere.sqlite3", study, OPERATOR)
    seen = {}
    for email in (ADMIN, ANALYST):
        person = Client(front)
        sign_in(person, email)
        grid = "/home/Liver study/query-executeQuery.view?schemaName=broken&query.queryName=x"
        seen[email] = words(person.get(PAGE)) + words(person.get(grid))
    assert seen[ADMIN].count("/srv/nowhere.sqlite3") == 2
    assert "/srv/nowhere" not in seen[ANALYST]
