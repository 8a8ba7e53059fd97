"""Attack: a page signs the victim's browser in as the attacker, who then reads what the victim leaves there."""

import pytest

from tests.attacks.wire import basic
from tests.providers.made_up import come_back, configured, stand_in
from tests.second_factors import app_on, begin, who, with_app
from tests.site import PASSWORD, Client, issue, sign_in

FOREIGN = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1.evil.example:8080"},
]
SIGNING_IN = ("login-login.view", "login-loginApi.api", "login-passkey.view", "login-secondFactor.view")


@pytest.fixture
def provider(site, monkeypatch):
    return stand_in(monkeypatch, site)


@pytest.mark.parametrize("headers", FOREIGN)
def test_no_foreign_page_posts_a_sign_in(front, admin, headers):
    form = {"email": admin.email, "password": PASSWORD, "way": "totp", "code": "123456"}
    for path in SIGNING_IN:
        victim = Client(front)
        victim.get("/login-login.view")
        agent = {"User-Agent": "Mozilla/5.0", "Accept": "text/html"}
        answer = victim.post(f"/{path}", {**agent, **headers}, form=form, csrf=False)
        assert answer.status in {401, 403}, (path, answer.status)
        assert who(victim) == "guest"


def test_a_form_without_the_token_of_this_browser_signs_nobody_in(front, admin):
    victim = Client(front)
    victim.get("/login-login.view")
    form = {"email": admin.email, "password": PASSWORD, "X-LABKEY-CSRF": "0" * 64}
    assert victim.post("/login-login.view", {"Origin": "http://127.0.0.1:8080"}, form=form, csrf=False).status == 401
    assert who(victim) == "guest"


def test_who_is_signed_in_stays_who_they_are(front, admin, analyst):
    victim = Client(front)
    sign_in(victim, analyst.email)
    form = {"email": admin.email, "password": PASSWORD}
    victim.post("/login-login.view", FOREIGN[0], form=form, csrf=False)
    victim.post("/login-loginApi.api", FOREIGN[0], json={"email": admin.email, "password": PASSWORD}, csrf=False)
    assert who(victim) == analyst.email


def test_an_answer_of_the_provider_belongs_to_the_browser_that_asked(front, provider, analyst):
    row = configured()
    attacker, victim = Client(front), Client(front)
    led = attacker.get("/login-ssoRedirect.view", configuration=row.id)
    assert come_back(victim, row, led).status == 403
    assert who(victim) == "guest"
    assert come_back(attacker, row, led).status == 303, "it was good where it belongs"


def test_an_answer_is_not_taken_twice_or_by_another_configuration(front, provider, analyst):
    one, other = configured("One"), configured("Other")
    client = Client(front)
    led = client.get("/login-ssoRedirect.view", configuration=one.id)
    assert come_back(client, other, led).status == 403
    assert come_back(client, one, led).status == 403, "it was used up"
    assert who(client) == "guest"


def test_a_page_that_leads_the_browser_to_the_provider_makes_it_nobody_but_its_own_person(front, provider, analyst):
    # A link may begin a journey; whom it signs in is for the provider's own session of the victim to say.
    row = configured()
    victim = Client(front)
    led = victim.get("/login-ssoRedirect.view", {"Sec-Fetch-Site": "cross-site"}, configuration=row.id)
    assert come_back(victim, row, led).status == 303
    assert who(victim) == analyst.email


def test_the_attackers_identity_is_not_linked_with_the_victims_account_by_leaving_it_in_the_browser(
    site, front, provider, analyst, admin
):
    from keyhouse.signin.models import ExternalIdentity

    row = configured(links_accounts=False)
    attacker = Client(front)
    provider.says(subject="mallory", email=admin.email)
    led = attacker.get("/login-ssoRedirect.view", configuration=row.id)
    come_back(attacker, row, led)
    victim = Client(front, cookies=dict(attacker.cookies))
    sign_in(victim, analyst.email)
    page = victim.get("/login-linkIdentity.view")
    victim.post("/login-linkIdentity.view", form={"do": "link"})
    assert not ExternalIdentity.objects.exists(), page.text


def test_a_first_factor_of_the_attacker_left_in_the_browser_asks_the_victim_for_nothing_of_theirs(front, site, admin):
    with_app(site, front, admin)
    waiting = begin(front, admin)
    page = waiting.get("/login-secondFactor.view")
    # Whose code is asked for is told, so that nobody shows theirs for somebody else.
    assert admin.email in page.text


def test_a_key_or_password_in_a_foreign_pages_link_signs_no_browser_in(front, site, analyst):
    for headers in (
        {"apikey": issue(site, analyst)},
        basic(analyst.email, PASSWORD),
        basic("apikey", issue(site, analyst)),
    ):
        victim = Client(front)
        page = {"User-Agent": "Mozilla/5.0", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        victim.get("/home/project-begin.view", {**headers, **page})
        assert who(victim) == "guest"


def test_setting_up_a_factor_is_not_done_for_the_attacker(front, site, analyst):
    victim = Client(front)
    sign_in(victim, analyst.email)
    app = app_on(victim.get("/login-setUpTotp.view"))
    form = {"code": app.code(site.clock())}
    answer = victim.post("/login-setUpTotp.view", FOREIGN[0], form=form, csrf=False)
    assert answer.status in {401, 403}
    from allauth.mfa.models import Authenticator

    assert not Authenticator.objects.exists()
