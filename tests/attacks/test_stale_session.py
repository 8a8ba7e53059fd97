"""Attack: find somebody's browser open, and make a key or change what matters for security in it."""

import hashlib
import hmac
import struct
from base64 import b32decode

import pytest

from tests.console.pages import submit, words
from tests.providers.made_up import configured, sign_in_at, stand_in
from tests.session_keys import Browser
from tests.signin.staleness import PAGE, STALE, let_it_grow_stale, made_key, prove
from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in

ANALYST, ADMIN = "analyst@example.org", "admin@example.org"

ON_PAGES = {
    *("admin-customizesite", "login-changepassword", "login-configure", "login-configuration", "login-trysignin"),
    "login-linkidentity",
    *("security-permissions", "security-groups", "security-group", "user-showusers", "user-details"),
    *("admin-folderdemands", "admin-termsofuse", "admin-phimarks"),
}
BY_CLIENTS = {
    *("security-savepolicy", "security-deletepolicy", "security-addassignment", "security-removeassignment"),
    *("security-clearassignedroles", "security-creategroup", "security-deletegroup", "security-renamegroup"),
    *("security-addgroupmember", "security-removegroupmember", "security-bulkupdategroup"),
    *("security-createnewuser", "security-createnewusers", "security-deleteuser", "security-adminrotatepassword"),
    *("user-activateusers", "user-deactivateusers", "user-deleteusers"),
}
OF_ONE_THING = {"security-group", "user-details", "login-linkidentity", "login-configuration", "login-trysignin"}
OF_FACTORS = {"login-secondfactors", "login-setuptotp", "login-setuppasskey"}
ASK_BY_THEMSELVES = {"security-createapikey", "security-externaltoolsview", "device-approve"} | OF_FACTORS
"""What issues keys asks where it knows that a key is wanted: to see and to delete one's keys stays free.

Second factors are asked for of everybody, whatever the site says: who puts one on somebody's account owns it.
"""


@pytest.fixture
def keys_on(site):
    set_site(site, allowApiKeys=True, allowSessionKeys=True)


@pytest.fixture
def everybody_is_asked(site, keys_on):
    set_site(site, requireFreshSignIn=True)


@pytest.fixture
def browser(client, analyst):
    sign_in(client, ANALYST)
    return client


@pytest.fixture
def desk(client, admin):
    """The browser of the administrator, left alone."""
    sign_in(client, ADMIN)
    return client


def test_every_action_that_changes_security_is_known(site):
    asked = {action.name for action in site.actions if action.needs_fresh_sign_in}
    assert asked == ON_PAGES | BY_CLIENTS
    assert {action.name for action in site.actions} >= ASK_BY_THEMSELVES


@pytest.mark.parametrize("name", sorted(ON_PAGES | BY_CLIENTS))
def test_nothing_of_security_changes_in_a_stale_session(site, desk, everybody_is_asked, name):
    from keyhouse.audit.models import AuditEvent

    let_it_grow_stale(site)
    before = AuditEvent.objects.count()
    answer = desk.post(f"/{name}.view" if name in ON_PAGES else f"/{name}.api", json={})
    if name in ON_PAGES:
        assert answer.header("Location").startswith("/labkey/login-reauthenticate.view")
    else:
        assert (answer.status, answer.json["reason"]) == STALE
    assert [event.reason for event in AuditEvent.objects.order_by("sequence")[before:]] == ["fresh_sign_in_required"]


@pytest.mark.parametrize("name", sorted(OF_FACTORS))
def test_no_second_factor_changes_in_a_stale_session_even_where_nobody_else_is_asked(site, browser, name):
    let_it_grow_stale(site)
    answer = submit(browser, f"/{name}.view", do="add", name="mine")
    assert answer.header("Location").startswith("/labkey/login-reauthenticate.view?stepUp=1")
    assert browser.get("/login-reauthenticate.view", stepUp=1).status == 200


@pytest.mark.parametrize("name", sorted(ON_PAGES - OF_ONE_THING))
def test_a_stale_session_is_told_before_anything_is_typed(site, desk, everybody_is_asked, name):
    assert "prove first" not in words(desk.get(f"/{name}.view"))
    let_it_grow_stale(site)
    page = desk.get(f"/{name}.view")
    assert page.status == 200
    assert "prove first that it is you" in words(page)
    assert "login-reauthenticate.view?returnUrl=" in page.text


@pytest.mark.parametrize("kind", ["apikey", "session"])
def test_a_stale_session_makes_no_key_on_the_page(site, browser, everybody_is_asked, kind):
    from keyhouse.keys.models import ApiKey, SessionKey

    let_it_grow_stale(site)
    assert "To make a key here, prove first" in words(browser.get("/security-externalToolsView.view"))
    answer = submit(browser, "/security-externalToolsView.view", type=kind)
    assert answer.header("Location").startswith("/labkey/login-reauthenticate.view?returnUrl=")
    assert ApiKey.objects.count() + SessionKey.objects.count() == 0


def test_what_the_person_proves_lasts_for_the_set_time_and_no_longer(site, browser, everybody_is_asked):
    let_it_grow_stale(site)
    assert made_key(browser) == STALE
    assert prove(browser).status == 303
    assert made_key(browser)[0] == 200
    let_it_grow_stale(site)
    assert made_key(browser) == STALE


def test_signing_in_is_proof_enough(browser, everybody_is_asked):
    assert made_key(browser)[0] == 200


def test_using_a_session_does_not_keep_it_fresh(site, browser, everybody_is_asked):
    let_it_grow_stale(site)
    for _ in range(3):
        browser.get("/home/project-begin.view")
    assert made_key(browser) == STALE


def test_what_one_session_proves_counts_for_no_other(site, front, browser, everybody_is_asked):
    other = Client(front)
    sign_in(other, ANALYST)
    let_it_grow_stale(site)
    prove(other)
    assert (made_key(other)[0], made_key(browser)) == (200, STALE)


@pytest.mark.parametrize("password", ["", "wrong", "correct horse"])
def test_a_wrong_password_proves_nothing(site, browser, everybody_is_asked, password):
    let_it_grow_stale(site)
    assert prove(browser, password).status in {400, 403}
    assert made_key(browser) == STALE


def test_the_password_of_an_open_browser_cannot_be_guessed_for_long(site, browser, everybody_is_asked):
    let_it_grow_stale(site)
    statuses = [prove(browser, f"guess {turn}").status for turn in range(12)]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    assert prove(browser).status == 429
    assert made_key(browser) == STALE


def test_another_persons_password_proves_nothing(site, browser, admin, everybody_is_asked):
    site.users.set_password(admin, "another long password", OPERATOR)
    let_it_grow_stale(site)
    assert prove(browser, "another long password").status == 403
    assert prove(browser, PASSWORD, email=ADMIN).status == 303
    assert browser.get("/login-whoAmI.api").json["email"] == ANALYST


def test_a_form_without_the_token_proves_nothing(site, browser, everybody_is_asked):
    let_it_grow_stale(site)
    assert browser.post(PAGE, form={"password": PASSWORD}, csrf=False).status == 401
    assert made_key(browser) == STALE


def test_an_administrator_in_disguise_proves_to_be_themselves(site, desk, analyst, everybody_is_asked):
    site.users.set_password(analyst, "another long password", OPERATOR)
    assert desk.post("/user-impersonateUser.api", form={"userId": analyst.id}).status == 200
    let_it_grow_stale(site)
    assert prove(desk, "another long password").status == 403
    assert prove(desk).status == 303


def test_what_was_sent_too_late_is_kept_shown_and_never_sent_by_itself(site, desk, everybody_is_asked):
    let_it_grow_stale(site)
    led = submit(desk, "/security-groups.view", name="Readers", do="add")
    assert prove(desk, returnUrl="/labkey/security-groups.view").header("Location").startswith("/labkey/login-resume")
    page = desk.get("/login-resume.view", returnUrl="/labkey/security-groups.view")
    assert "Nothing has been changed yet" in words(page)
    assert 'action="/labkey/security-groups.view"' in page.text
    assert '<input type="hidden" name="name" value="Readers">' in page.text
    assert led.status == 303
    assert "Readers" not in desk.get("/security-groups.view").text
    assert desk.get("/login-resume.view").status == 303


def test_a_form_with_a_secret_is_not_kept(site, desk, everybody_is_asked):
    from keyhouse.sessions.models import BrowserSession

    let_it_grow_stale(site)
    submit(desk, "/login-changePassword.view", oldpassword=PASSWORD, password1="topaz mountain", password2="x")
    assert "topaz" not in str(BrowserSession.objects.get().data)
    assert prove(desk, returnUrl="/labkey/login-changePassword.view").header("Location").endswith("changePassword.view")


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/labkey/../x", "javascript:x"])
def test_proving_never_leads_to_another_site(site, browser, everybody_is_asked, elsewhere):
    let_it_grow_stale(site)
    assert "evil" not in browser.get(PAGE, returnUrl=elsewhere).text
    assert prove(browser, returnUrl=elsewhere).header("Location") == "/labkey/home/project-begin.view"
    assert browser.get(PAGE, returnUrl=elsewhere).header("Location") == "/labkey/home/project-begin.view"


def test_keys_and_session_keys_are_never_asked(site, front, analyst, admin, everybody_is_asked):
    client = Client(front)
    sign_in(client, ANALYST)
    session_key, api_key = Browser(client).key(), issue(site, admin)
    let_it_grow_stale(site)
    program = Client(front, keeps_cookies=False)
    assert program.get("/login-whoAmI.api", {"apikey": session_key}).json["email"] == ANALYST
    answer = program.post("/security-createGroup.api", {"apikey": api_key}, json={"name": "Made by a script"})
    assert answer.status == 200, answer.text


def test_who_has_only_a_password_is_not_asked_unless_the_site_asks(site, browser, keys_on):
    let_it_grow_stale(site)
    assert made_key(browser)[0] == 200


def test_who_must_have_a_second_factor_is_asked_also_in_a_session_that_began_before(site, browser, keys_on):
    set_site(site, secondFactorFor="everyone")
    let_it_grow_stale(site)
    assert made_key(browser) == STALE


def test_who_came_by_a_provider_is_asked_without_any_setting(monkeypatch, site, client, analyst, keys_on):
    stand_in(monkeypatch, site)
    sign_in_at(client, configured())
    assert made_key(client)[0] == 200
    let_it_grow_stale(site)
    assert made_key(client) == STALE


def test_a_guest_is_sent_to_sign_in_not_to_prove_anything(client):
    assert client.get(PAGE).header("Location").startswith("/labkey/login-login.view")


@pytest.fixture
def with_app(site, analyst):
    """The analyst has an authenticator app; returns what it shows next."""
    secret = site.second_factors.totp.new_secret()
    now = int(site.clock().timestamp()) // 30
    site.second_factors.add_totp(analyst, secret, now - 1, OPERATOR, "none yet")

    def code(step=0):
        mac = hmac.digest(b32decode(secret), struct.pack(">Q", now + step), hashlib.sha1)
        start = mac[-1] & 15
        return f"{(int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF) % 10**6:06d}"

    return code


def sign_in_with_app(client, code):
    client.get("/login-login.view")
    submit(client, "/login-login.view", email=ANALYST, password=PASSWORD)
    assert submit(client, "/login-secondFactor.view", way="totp", code=code).status == 303
    assert client.get("/login-whoAmI.api").json["email"] == ANALYST


def test_who_has_a_second_factor_proves_with_both(site, client, with_app, keys_on):
    sign_in_with_app(client, with_app())
    assert made_key(client)[0] == 200
    let_it_grow_stale(site)
    assert made_key(client) == STALE
    led = prove(client, returnUrl="/labkey/security-externalToolsView.view")
    assert led.header("Location").startswith("/labkey/login-secondFactor.view?returnUrl=")
    assert made_key(client) == STALE
    back = led.header("Location").partition("returnUrl=")[2]
    assert "reauthenticate" in back
    asked = client.get(led.header("Location").removeprefix("/labkey"))
    assert "Prove that it is you" in words(asked)
    assert submit(client, "/login-secondFactor.view", way="totp", code="000000").status == 403
    assert made_key(client) == STALE
    assert submit(client, "/login-secondFactor.view", way="totp", code=with_app(1)).status == 303
    assert made_key(client)[0] == 200


def test_a_second_factor_alone_proves_nothing(site, client, with_app, keys_on):
    sign_in_with_app(client, with_app())
    let_it_grow_stale(site)
    submit(client, "/login-secondFactor.view", way="totp", code=with_app(1))
    assert made_key(client) == STALE
