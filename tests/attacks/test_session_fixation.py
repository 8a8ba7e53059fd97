"""Attack: plant a cookie in a victim's browser and wait until the victim signs in under it."""

import pytest

from tests.site import Client, sign_in

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
