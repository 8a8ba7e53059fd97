"""Each sentence that the texts of the mission say of session keys, as a test of its own, in their words."""

import re
from base64 import b64encode

import pytest
from tests.console.pages import ADMIN, ANALYST, Controls, submit, words
from tests.declarations.conftest import study
from tests.declarations.study import declare
from tests.session_keys import ENDED, WHO, Browser, row, run_upkeep, signed_in
from tests.site import OPERATOR, PASSWORD, Client, set_site, sign_in

__all__ = ["study"]
TOOLS, SETTINGS = "/security-externalToolsView.view", "/admin-customizeSite.view"
IN_STUDY = "/study/project-getContainers.api"


def generate(browser):
    """Click Generate Session Key; return the page that shows the key."""
    return submit(browser.client, TOOLS, type="session")


def shown(page):
    found = re.search(r'name="session_token" value="([^"]+)"', page.text)
    return found and found.group(1)


# Text 003, Session Keys


def test_an_administrator_can_configure_the_server_to_let_users_obtain_a_session_key_once_they_have_logged_in(
    site, front, admin, analyst
):
    boss, user = signed_in(front, ADMIN), signed_in(front, ANALYST)
    assert "Generate Session Key" not in words(user.client.get(TOOLS))
    assert user.client.post("/security-createApiKey.api", json={"type": "session"}).status == 404
    submit(boss.client, SETTINGS, allowSessionKeys="on")
    assert "Generate Session Key" in words(user.client.get(TOOLS))
    assert user.program(shown(generate(user))).json["email"] == ANALYST
    guest = Client(front)
    guest.get(WHO)
    assert guest.post("/security-createApiKey.api", json={"type": "session"}).status == 401


@pytest.mark.parametrize("envelope", ["apikey", "Bearer", "Basic"])
def test_this_key_can_be_used_to_authorize_client_code(browser, envelope):
    key = browser.key()
    headers = {
        "apikey": {"apikey": key},
        "Bearer": {"Authorization": f"Bearer {key}"},
        "Basic": {"Authorization": "Basic " + b64encode(f"apikey:{key}".encode()).decode()},
    }[envelope]
    assert Client(browser.front, keeps_cookies=False).get(WHO, headers).json["email"] == ANALYST


def test_using_any_api_key_avoids_copying_your_credentials(browser):
    """What a program shows holds neither the password nor the cookie, and no password is asked of it."""
    key = browser.key()
    assert PASSWORD not in key and browser.client.cookies["JSESSIONID"] not in key
    assert browser.program(key).status == 200


def test_users_can_generate_multiple_session_keys_for_the_same_session(browser):
    keys = [shown(generate(browser)) for _ in range(3)]
    assert len(set(keys)) == 3
    assert [browser.program(key).status for key in keys] == [200] * 3


@pytest.fixture
def regulated(site, study):
    """The study as strict as it gets; what a person enters who meets all that it demands."""
    from keyhouse.core.phi import PhiLevel
    from keyhouse.declarations.demands import OwnDemand

    wanted = OwnDemand(
        wants_purpose=True, wants_irb_number=True, wants_phi_level=True, wants_signature=True, meaning="I need these."
    )
    site.demands.change(study, wanted, OPERATOR)
    terms = site.terms.write(study, "Pass nothing on.", 0, OPERATOR)
    return {
        "purpose": "Survival after transplants",
        "irb_number": "IRB-2026-0042",
        "phi_level": PhiLevel.LIMITED,
        "printed_name": "Ana Lyst",
        "accepted": frozenset({terms.digest}),
    }


def test_the_user_declares_use_irb_number_phi_level_and_signs_the_terms_every_time_they_log_in(browser, regulated):
    key = browser.key()
    refused = browser.program(key, IN_STUDY).json
    assert refused["reason"] == "declaration_required"
    assert set(refused["lacking"]) == {"purpose", "irbNumber", "phiLevel", "terms", "signature"}
    declare(browser.client, **regulated)
    assert browser.program(key, IN_STUDY).status == 200
    again = signed_in(browser.front, ANALYST)
    assert again.program(again.key(), IN_STUDY).json["lacking"] == refused["lacking"]


def test_this_information_is_logged_with_each_access_of_the_data(browser, regulated):
    declare(browser.client, **regulated)
    key = browser.key()
    assert _read_users(browser, key).status == 200
    assert _read_users(browser, key).status == 200
    reads = [event for event in _all_events() if event.kind == "data read"]
    assert len(reads) == 2
    for read in reads:
        assert (read.key_id, read.session_id, read.folder) == (key[4:16], row().public_id, "/study")
        assert read.details["purpose"] == "Survival after transplants"
        assert read.details["irbNumber"] == "IRB-2026-0042"
        assert read.details["phiLevel"] == "Limited"
        assert {each["digest"] for each in read.details["terms"]} == regulated["accepted"]


def _read_users(browser, key):
    return browser.program(key, "/study/query-selectRows.api", schemaName="core", **{"query.queryName": "Users"})


def _all_events():
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.order_by("sequence"))


def test_access_is_tied_to_a_given_users_current_browser_session(browser):
    """Another session of the same user is another context: ending it does not matter, ending this one does."""
    other = signed_in(browser.front, ANALYST)
    key = browser.key()
    other.sign_out()
    assert browser.program(key).status == 200
    browser.sign_out()
    assert browser.reason(key) == ENDED


def test_it_runs_under_your_authorizations_of_that_moment(site, browser, analyst):
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    closed = site.folders.add("/closed", OPERATOR)
    site.folders.set_inheritance(closed, False, OPERATOR)
    key, path = browser.key(), "/closed/project-getContainers.api"
    assert browser.program(key, path).status == 403
    site.assignments.assign(Role.READER, analyst, analyst.email, folders.find("/closed"), OPERATOR)
    assert browser.program(key, path).status == 200


def test_it_runs_under_your_declared_terms_of_that_moment(site, browser, study):
    from keyhouse.declarations.demands import OwnDemand

    declare(browser.client)
    key = browser.key()
    assert browser.program(key, IN_STUDY).status == 200
    site.demands.change(study, OwnDemand(wants_purpose=True, wants_irb_number=True), OPERATOR)
    assert browser.program(key, IN_STUDY).json["reason"] == "declaration_required"
    declare(browser.client, irb_number="IRB-1")
    assert browser.program(key, IN_STUDY).status == 200


def test_it_runs_under_your_declared_phi_level_of_that_moment(browser, regulated):
    from keyhouse.core.phi import PhiLevel

    key = browser.key()
    for level in (PhiLevel.FULL, PhiLevel.NOT_PHI, PhiLevel.RESTRICTED):
        declare(browser.client, **(regulated | {"phi_level": level}))
        seen = browser.program(key, "/study/security-getMaxPhiLevel.api").json
        assert seen == {"maxPhiLevel": level.wire_name}


@pytest.fixture
def boss(site, front, admin) -> Browser:
    set_site(site, allowSessionKeys=True, allowApiKeys=True)
    return signed_in(front, ADMIN)


def test_it_runs_under_your_current_impersonation_state(boss, site):
    group = site.groups.add("Readers", OPERATOR)
    key = boss.key()
    assert boss.program(key, "/user-showUsers.view").status == 200
    boss.client.post("/user-impersonateGroup.api", json={"groupId": group.id})
    assert boss.program(key).json["impersonated"] is True
    assert boss.program(key, "/user-showUsers.view").status == 403
    boss.client.post("/login-stopImpersonatingApi.api", json={})
    assert boss.program(key, "/user-showUsers.view").status == 200


def test_to_impersonate_a_user_ends_the_sessions_keys(boss, analyst):
    key = boss.key()
    boss.client.post("/user-impersonateUser.api", json={"userId": analyst.id})
    assert boss.reason(key) == (401, "key_revoked")


def test_it_expires_at_the_end_of_the_session_by_timeout(site, browser):
    from datetime import timedelta

    from keyhouse.system import now

    key = browser.key()
    row(last_seen_at=now() - timedelta(minutes=31))
    assert browser.reason(key) == ENDED
    run_upkeep(site)
    assert browser.reason(key) == ENDED


def test_it_expires_at_the_end_of_the_session_by_explicit_logout(browser):
    key = browser.key()
    browser.sign_out()
    assert browser.reason(key) == ENDED


# Enable Session Keys


def test_select_admin_console_site_settings_check_let_users_create_session_keys_and_save(boss, site):
    console = Controls(boss.client.get("/admin-showAdmin.view").text)
    assert "/labkey/admin-customizeSite.view" in {link.get("href") for link in console.all("a")}
    set_site(site, allowSessionKeys=False)
    page = words(boss.client.get(SETTINGS))
    assert page.index("Configure API Keys") < page.index("Let users create session keys")
    assert submit(boss.client, SETTINGS, allowSessionKeys="on").header("Location").endswith("said=settings-saved")
    from keyhouse.siteconfig import store

    assert store.read().allow_session_keys


# Obtain and Use a Session Key


def test_the_user_can_retrieve_their_session_key_from_the_external_tool_access_menu(browser):
    page = browser.client.get("/home/project-begin.view").text
    menu = page[page.index('id="user-menu"') :]
    assert re.search(r'href="/labkey/security-externalToolsView.view">.{0,999}?External Tool Access</a>', menu, re.S)


def test_the_session_key_is_a_long_randomly_generated_token(browser):
    from keyhouse.core.tokens import TokenKind, parse

    key = shown(generate(browser))
    token = parse(key)
    assert len(key) == 55 and token.kind is TokenKind.SESSION_KEY


def test_click_the_button_to_copy_it_to_the_clipboard(browser):
    assert 'name="copy_session_token" title="Copy to clipboard"' in generate(browser).text


def test_the_key_itself_will_not_be_shown_again_and_is_not_available_for_anyone(browser, front, admin):
    page = generate(browser)
    key = shown(page)
    assert "It will not be shown again" in words(page) and page.header("Cache-Control") == "no-store"
    boss = signed_in(front, ADMIN)
    for reader, path in (
        (browser, TOOLS),
        (browser, "/user-mySessions.view"),
        (boss, "/user-showSessions.view"),
        (boss, "/audit-showAuditLog.view"),
        (boss, f"/user-details.view?userId={admin.id}"),
    ):
        answer = reader.client.get(path)
        assert answer.status == 200 and key not in answer.text and key[16:] not in answer.text


def test_if_you_lose_it_you_will_need_to_regenerate_a_new_one(browser):
    assert shown(generate(browser)) != shown(generate(browser))
    assert shown(browser.client.get(TOOLS)) is None


def test_click_done(browser):
    assert ">Done</a>" in generate(browser).text


def test_the_session_key_can_be_used_with_the_login_apikey_and_the_entire_key_including_the_prefix(browser):
    page = generate(browser)
    key = shown(page)
    assert f"machine 127.0.0.1\nlogin apikey\npassword {key}" in page.text and key.startswith("khs_")

    def status(login, password):
        basic = b64encode(f"{login}:{password}".encode()).decode()
        return Client(browser.front).get(WHO, {"Authorization": f"Basic {basic}"}).status

    assert (status("apikey", key), status("apikey", key.removeprefix("khs_"))) == (200, 401)


def test_the_codes_actions_will_be_logged_with_your_user_information_and_assertions(browser, regulated, events):
    declare(browser.client, **regulated)
    key = browser.key()
    assert _read_users(browser, key).status == 200
    used, read = events("key used")[-1], events("data read")[-1]
    assert {(each.user, each.key_id, each.session_id) for each in (used, read)} == {
        (ANALYST, key[4:16], row().public_id)
    }
    made = events("declaration made")[-1].details
    assert (made["printedName"], made["meaning"]) == ("Ana Lyst", "I need these.")
    asserted = {"declaration", "purpose", "irbNumber", "phiLevel", "terms"}
    assert {name: read.details[name] for name in asserted} == {name: made[name] for name in asserted}


# Texts 001 and 002, of session keys


def test_session_keys_are_not_listed_among_the_api_keys(boss):
    key = boss.key("of a session")
    api = boss.client.post("/security-createApiKey.api", json={"type": "apikey", "description": "of its own"}).json
    for path in ("/query-executeQuery.view", "/query-selectRows.api"):
        answer = boss.client.get(path, schemaName="core", **{"query.queryName": "APIKeys"})
        assert answer.status == 200 and key[4:16] not in answer.text and "of a session" not in answer.text
        assert api["apikey"][4:16] in answer.text or "of its own" in answer.text


def test_where_access_must_be_tied_to_the_browser_session_an_api_key_does_not_do(site, browser, study, analyst):
    """An API key has declarations of its own; what is declared in the browser later is no business of it."""
    api = browser.client.post("/security-createApiKey.api", json={"type": "apikey"}).json["apikey"]
    key = browser.key()
    declare(browser.client)
    assert browser.program(key, IN_STUDY).status == 200
    assert browser.program(api, IN_STUDY).json["reason"] == "declaration_required"


def test_signing_in_again_does_not_revive_a_key(browser):
    key = browser.key()
    sign_in(browser.client, ANALYST)
    assert browser.reason(key) == ENDED


def test_switching_session_keys_off_keeps_existing_ones_working(site, browser):
    key = browser.key()
    set_site(site, allowSessionKeys=False)
    assert browser.program(key).status == 200
    assert browser.client.post("/security-createApiKey.api", json={"type": "session"}).status == 404


def test_no_session_key_is_issued_while_impersonating(boss, site):
    group = site.groups.add("Readers", OPERATOR)
    boss.client.post("/user-impersonateGroup.api", json={"groupId": group.id})
    assert boss.client.post("/security-createApiKey.api", json={"type": "session"}).status == 403
    assert shown(generate(boss)) is None
