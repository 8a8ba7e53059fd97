"""Attack: a foreign page makes the victim's browser send requests (CSRF), frames our pages, or reads our answers."""

import pytest

from tests.site import issue, set_site, sign_in

FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "User-Agent": "Mozilla/5.0"}


def changing_actions(site) -> list[str]:
    return sorted(action.name for action in site.actions if "POST" in action.methods)


def rows() -> dict[str, list[object]]:
    from django.apps import apps

    skipped = {"AuditEvent", "AuditHead", "BrowserSession"}
    return {
        model.__name__: list(model.objects.values()) for model in apps.get_models() if model.__name__ not in skipped
    }


@pytest.fixture
def victim(site, client, admin, analyst):
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    issue(site, analyst)
    sign_in(client, admin.email)
    return client


READING = (
    *("query-get", "query-select", "query-export", "query-validate", "property-get", "property-list", "project-get"),
    *("admin-get", "core-get", "user-get", "security-get", "security-list", "logger-list"),
)
CHECKED_WITHIN = {"security-bulkupdategroup"}
"""Actions that check the token themselves, to refuse in words of their own."""

FORM = {
    "do": "deactivate",
    "userId": "1002",
    "type": "apikey",
    "email": "evil@example.org",
    "name": "Evil",
    "confirmed": "1",
}


def test_no_action_changes_anything_for_a_foreign_page(site, victim):
    before = rows()
    for name in changing_actions(site):
        answer = victim.post(f"/home/{name}.view", FOREIGN, form=FORM)
        refusals = {400, 401, 404, 405} if site.actions.find(name).is_from_elsewhere else {401, 404, 405}
        assert answer.status in refusals, (name, answer.status)
    assert rows() == before
    assert victim.get("/login-whoAmI.api").json["email"] == "admin@example.org"


def test_no_action_changes_anything_without_the_token(site, victim):
    before = rows()
    for name in changing_actions(site):
        action = site.actions.find(name)
        if not (action.is_csrf_exempt or action.is_from_elsewhere) or name in CHECKED_WITHIN:
            assert victim.post(f"/home/{name}.view", form=FORM, csrf=False).status in {401, 404, 405}, name
    assert rows() == before


def test_no_get_changes_anything(site, victim):
    before = rows()
    query = "&".join(f"{name}={value}" for name, value in {**FORM, "id": "-1", "schemaName": "core"}.items())
    for action in site.actions:
        for container in ("", "/home"):
            answer = victim.get(f"{container}/{action.name}.view?{query}")
            assert "An error happened in this server" not in answer.text, (action.name, answer.text[:300])
    assert rows() == before
    assert victim.get("/login-whoAmI.api").json["email"] == "admin@example.org"


def test_actions_exempt_from_the_token_are_those_known_to_be_harmless(site):
    exempt = {action.name for action in site.actions if action.is_csrf_exempt and "POST" in action.methods}
    reading = {name for name in exempt if name.startswith(READING)}
    # Who sends these acts for nobody: what lets a program in is the page, which asks for the token.
    reading |= {"device-authorize", "device-token", "device-cancel"}
    reading |= {"login-gettermsofuseapi", "login-isagreeonlyapi"}
    reading |= {"login-getloginmechanismsapi", "login-getregistrationconfigapi"}
    harmless = {"login-whoami", "login-loginapi", "security-ensurelogin", "query-executesql"}
    assert exempt - reading - CHECKED_WITHIN <= harmless


def test_no_page_may_be_framed_or_load_anything_foreign(site, client):
    for path in ("/login-login.view", "/login-whoAmI.api", "/nothing-here.view", "/", "/home/project-begin.view"):
        answer = client.get(path)
        policy = answer.header("Content-Security-Policy")
        assert answer.header("X-Frame-Options") == "DENY"
        assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy and "unsafe" not in policy


def test_no_answer_invites_other_sites_to_read_it(site, client, analyst):
    for method in ("GET", "OPTIONS"):
        answer = client.request(method, "/login-whoAmI.api", {**FOREIGN, "apikey": issue(site, analyst)})
        assert not answer.all("Access-Control-Allow-Origin")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_statement_is_not_kept_in_the_victims_session_by_a_foreign_page(victim, method):
    from keyhouse.queries.models import SavedQuery

    asked = {"schemaName": "core", "sql": "SELECT UserId FROM Users", "saveInSession": "true"}
    how = {"query": asked} if method == "GET" else {"form": asked, "csrf": False}
    plain = victim.request(method, "/home/query-executeSql.api", {"User-Agent": "Mozilla/5.0"}, **how)
    foreign = victim.request(method, "/home/query-executeSql.api", FOREIGN, **how)
    assert (plain.status, foreign.status) == ((400, 400) if method == "GET" else (401, 401))
    assert not SavedQuery.objects.exists()


def test_only_what_identity_providers_post_is_taken_from_elsewhere(site):
    taken = {action.name for action in site.actions if action.is_from_elsewhere}
    assert taken == {"cas-validate", "oidc-backchannellogout", "saml-validate", "saml-logout"}
