"""Attack: plant a cookie in a victim's browser and wait until the victim signs in under it."""

import pytest

from tests.providers.made_up import come_back, configured, sign_in_at, stand_in
from tests.second_factors import begin, show, who, with_app
from tests.site import PASSWORD, Client, sign_in

COOKIE = "JSESSIONID"


@pytest.mark.parametrize("planted", ["planted", "8F3C2A0B9D4E4F6A8B1C2D3E4F5A6B7C", "o.k.planted.0.0.x", "A" * 43])
def test_a_planted_cookie_is_never_adopted(site, front, analyst, planted):
    victim, attacker = Client(front, cookies={COOKIE: planted}), Client(front, cookies={COOKIE: planted})
    victim.get("/login-login.view")
    sign_in(victim, analyst.email)
    assert victim.cookies[COOKIE] != planted
    assert attacker.get("/login-whoAmI.api").json["email"] == "guest"


def test_a_real_session_of_the_attacker_is_left_at_sign_in(site, front, admin, analyst):
    attacker = Client(front)
    sign_in(attacker, analyst.email)
    victim = Client(front, cookies=dict(attacker.cookies))
    sign_in(victim, admin.email)
    assert victim.cookies[COOKIE] != attacker.cookies[COOKIE]
    assert attacker.get("/login-whoAmI.api").json["email"] == "guest"


def test_a_key_sent_by_a_foreign_page_leaves_no_cookie_behind(site, client, analyst):
    from tests.site import issue

    # https://apikey:KEY@host/ in a link or form makes a browser send the attacker's own key.
    headers = {"apikey": issue(site, analyst), "User-Agent": "Mozilla/5.0", "Sec-Fetch-Site": "cross-site"}
    client.get("/home/project-begin.view", headers)
    assert COOKIE not in client.cookies


def test_the_guests_session_that_an_attacker_planted_does_not_become_the_victims(site, front, monkeypatch, analyst):
    stand_in(monkeypatch, site)
    row = configured()
    attacker = Client(front)
    led = attacker.get("/login-ssoRedirect.view", configuration=row.id)
    planted = attacker.cookies[COOKIE]
    victim = Client(front, cookies=dict(attacker.cookies))
    # The victim comes back even in the journey that the attacker began.
    assert come_back(victim, row, led).status == 303
    assert who(victim) == analyst.email and victim.cookies[COOKIE] != planted
    assert who(attacker) == "guest"
    assert who(Client(front, cookies={COOKIE: planted})) == "guest"


def test_signing_in_at_a_provider_leaves_a_session_that_the_attacker_is_in(site, front, monkeypatch, admin, analyst):
    stand_in(monkeypatch, site)
    row = configured()
    attacker = Client(front)
    sign_in(attacker, admin.email)
    victim = Client(front, cookies=dict(attacker.cookies))
    sign_in_at(victim, row)
    assert who(victim) == analyst.email and victim.cookies[COOKIE] != attacker.cookies[COOKIE]
    assert who(attacker) == "guest"


def test_the_session_between_the_factors_does_not_become_the_one_after_them(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    victim = begin(front, analyst)
    between = victim.cookies[COOKIE]
    thief = Client(front, cookies=dict(victim.cookies))
    assert show(victim, app.code(site.clock())).status == 303
    assert who(victim) == analyst.email and victim.cookies[COOKIE] != between
    assert who(thief) == "guest"
    # Nor does the waiting first factor of the session before let anybody show a second one there.
    assert show(thief, app.code(site.clock(), 1)).status in {302, 303, 401, 403}
    assert who(thief) == "guest"


def test_a_waiting_first_factor_that_was_planted_is_not_mixed_with_the_victims(site, front, admin, analyst):
    with_app(site, front, admin)
    attacker = begin(front, admin)
    victim = Client(front, cookies=dict(attacker.cookies))
    form = {"email": analyst.email, "password": PASSWORD}
    assert victim.post("/login-login.view", form=form).status == 303
    assert who(victim) == analyst.email
    assert who(attacker) == "guest"


def test_a_fresh_sign_in_renews_the_cookie_or_leaves_the_session_its_owners_alone(site, front, monkeypatch, analyst):
    made = stand_in(monkeypatch, site)
    row = configured()
    client = Client(front)
    sign_in_at(client, row)
    led = client.get("/login-reauthenticate.view", go="provider")
    made.says(subject="subject-2", email="somebody@example.org")
    assert come_back(client, row, led).status == 403
    assert who(client) == analyst.email
