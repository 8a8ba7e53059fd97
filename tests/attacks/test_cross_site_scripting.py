"""Attack: names, descriptions and addresses that are HTML, shown on a page of ours."""

import pytest

from tests.site import OPERATOR, PASSWORD, issue, set_site, sign_in

EVIL = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}{% debug %}"
PAGES = [
    "/home/project-begin.view",
    "/admin-showAdmin.view",
    "/admin-customizeSite.view",
    "/user-showUsers.view",
    "/user-showUsers.view?q={evil}",
    "/user-details.view?userId={user}",
    "/security-groups.view",
    "/security-group.view?id={group}",
    "/home/security-permissions.view",
    "/security-externalToolsView.view",
    "/query-executeQuery.view?schemaName=core&query.queryName=APIKeys",
    "/query-executeQuery.view?schemaName=core&query.queryName={evil}",
    "/query-executeQuery.view?schemaName={evil}&query.queryName={evil}&query.sort={evil}",
    "/audit-showAuditLog.view",
    "/audit-showAuditLog.view?q={evil}&kind={evil}&user={evil}",
    "/logger-manage.view?contains={evil}",
    "/admin-manageFolders.view",
    "/login-login.view?returnUrl={evil}",
    "/login-setPassword.view?uid={evil}&key={evil}",
    "/{evil}/project-begin.view",
    "/nothing-{evil}.view",
    "/{evil}",
]


@pytest.fixture
def browser(site, client, admin):
    victim = site.users.add("victim@example.org", OPERATOR, PASSWORD, display_name=EVIL)
    group = site.groups.add("O'Neil (Lab)", OPERATOR)
    site.folders.add("/O'Neil & {{Lab}}", OPERATOR, title=EVIL, description=EVIL)
    set_site(site, siteName=EVIL[:100])
    for user in (admin, victim):
        issue(site, user, description=EVIL)
    client.get("/login-whoAmI.api", {"apikey": EVIL, "User-Agent": EVIL})
    client.post("/login-loginApi.api", form={"email": f"{EVIL}@example.org", "password": "x"})
    sign_in(client, admin.email)
    client.people = {"user": victim.id, "group": group.id}
    return client


@pytest.mark.parametrize("path", PAGES)
def test_nothing_that_people_write_becomes_markup(browser, path):
    from urllib.parse import quote

    answer = browser.get(path.format(evil=quote(EVIL, safe=""), **browser.people))
    assert answer.status < 500 or "An error happened" not in answer.text
    if "html" in answer.header("Content-Type"):
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
    assert answer.header("X-Content-Type-Options") == "nosniff"


def test_html_in_an_answer_of_the_api_is_never_read_as_a_page(browser):
    from urllib.parse import quote

    answer = browser.get(f"/home/query-selectRows.api?schemaName={quote(EVIL)}&query.queryName=x")
    assert answer.header("Content-Type").startswith("application/json")
    assert answer.header("X-Content-Type-Options") == "nosniff"


def test_pages_have_no_inline_script_or_style_that_the_policy_would_have_to_allow(site, client, admin):
    import re

    sign_in(client, admin.email)
    for path in PAGES[:12]:
        page = client.get(path.format(evil="x", user=admin.id, group=-1)).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", page), path
