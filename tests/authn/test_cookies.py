"""Cookies at the door: those we made, and what becomes of all others."""

from datetime import timedelta

import pytest
from tests.site import OPERATOR, Client, issue, set_site, sign_in

from keyhouse.core.tokens import TokenKind, mint
from keyhouse.system import entropy, now

WHO = "/login-whoAmI.api"
COOKIE = "JSESSIONID"


def email(client: Client, headers: dict[str, str] | None = None) -> str:
    return client.get(WHO, headers).json["email"]


@pytest.fixture
def holder(site, client, analyst):
    """A client that came with a key once and now has its cookie."""
    client.get(WHO, {"apikey": issue(site, analyst)})
    assert client.cookies[COOKIE].startswith("o.k.")
    return client


def session_key(site, client, user) -> str:
    from keyhouse.core.caller import Caller
    from keyhouse.core.principal import Principal
    from keyhouse.sessions.models import BrowserSession

    session = BrowserSession.objects.get(user=user)
    return site.session_keys.issue(session.public_id, Caller(Principal(user.id, user.email, ""))).text


def test_the_cookie_of_a_key_goes_on_without_the_key(holder):
    assert email(holder) == "analyst@example.org"


def test_the_cookie_of_a_revoked_key_fails_on_the_next_request_and_is_taken_back(site, holder):
    from keyhouse.keys.models import ApiKey

    site.api_keys.revoke(ApiKey.objects.all(), OPERATOR)
    answer = holder.get(WHO)
    assert (answer.status, answer.json["reason"]) == (401, "key_revoked")
    assert COOKIE not in holder.cookies


def test_the_cookie_of_an_expired_key_ends_with_it(site, holder):
    from keyhouse.keys.models import ApiKey

    ApiKey.objects.update(expires_at=now() - timedelta(seconds=1))
    assert holder.get(WHO).json["reason"] == "key_expired"


def test_the_cookie_of_a_key_ends_with_its_owners_account(site, holder, analyst):
    site.users.deactivate(analyst, OPERATOR)
    assert holder.get(WHO).json["reason"] == "account_deactivated"


def test_the_cookie_of_a_key_ends_with_the_emergency_switch(site, holder):
    set_site(site, refuseAllApiKeys=True)
    assert holder.get(WHO).status == 401


def test_a_revoked_keys_cookie_does_not_stand_in_the_way_of_a_new_key(site, holder, analyst):
    from keyhouse.keys.models import ApiKey

    site.api_keys.revoke(ApiKey.objects.all(), OPERATOR)
    assert email(holder, {"apikey": issue(site, analyst)}) == "analyst@example.org"


def test_forged_cookies_are_ignored(holder):
    cookie = holder.cookies[COOKIE]
    body, _, signature = cookie.rpartition(".")
    kind, key_id = body.split(".")[1:3]
    for forged in (
        f"{body}.{'A' * len(signature)}",
        f"{body}.",
        body,
        body.replace(key_id, "000000000000") + f".{signature}",
        body.replace(".k.", ".p.") + f".{signature}",
        f"{body}9.{signature}",
        "o.",
        "o.k.....",
        f"{signature}.{body}",
    ):
        holder.cookies[COOKIE] = forged
        assert email(holder) == "guest", (kind, forged)


def test_a_cookie_signed_by_another_site_is_ignored(site, holder, analyst):
    from keyhouse.authn.opened import OpenedSessions
    from keyhouse.core.decision import API_KEY, Allowed, Via
    from keyhouse.core.principal import Principal

    allowed = Allowed(Principal(analyst.id, analyst.email, ""), Via(API_KEY, key_id="x"))
    holder.cookies[COOKIE] = OpenedSessions("another secret").cookie_for(allowed, 0, now())
    assert email(holder) == "guest"


def test_made_up_and_old_fashioned_cookies_are_ignored_and_never_adopted(site, client, analyst):
    from keyhouse.sessions.models import BrowserSession

    for made_up in ("A" * 32, "8F3C2A0B9D4E4F6A8B1C2D3E4F5A6B7C", "sessionid", "'; DROP TABLE x; --", "\xff" * 10):
        client.cookies = {COOKIE: made_up}
        assert email(client) == "guest"
        sign_in(client, "analyst@example.org")
        assert client.cookies[COOKIE] != made_up
        client.cookies = {COOKIE: made_up}
        assert email(client) == "guest"
    assert BrowserSession.objects.count() == 5


def test_session_cookie_is_out_of_reach_of_scripts_and_foreign_sites(site, client, analyst):
    answer = sign_in(client, "analyst@example.org")
    (line,) = [line for line in answer.all("Set-Cookie") if line.startswith(COOKIE)]
    assert "HttpOnly" in line and "SameSite=Lax" in line and "Path=/labkey" in line


def test_session_cookie_is_marked_secure_when_people_come_over_tls(site, client, analyst):
    import dataclasses

    from keyhouse.web.front import Front

    tls = dataclasses.replace(site, boot=dataclasses.replace(site.boot, base_url="https://data.example.org/labkey"))
    client.front = Front(tls, client.front._inner)
    answer = client.post(
        "/login-loginApi.api", form={"email": "analyst@example.org", "password": "correct horse battery"}
    )
    assert len(answer.all("Set-Cookie")) == 2
    assert all("Secure" in line for line in answer.all("Set-Cookie"))


def test_session_key_beats_the_cookie_of_another_user(site, front, client, admin, analyst):
    other = Client(front)
    sign_in(other, "analyst@example.org")
    key = session_key(site, other, analyst)
    sign_in(client, "admin@example.org")
    assert email(client, {"apikey": key}) == "analyst@example.org"


def test_cookie_session_beats_a_key_of_the_same_user(site, client, analyst):
    from keyhouse.audit.models import AuditEvent

    sign_in(client, "analyst@example.org")
    before = client.cookies[COOKIE]
    assert email(client, {"apikey": issue(site, analyst)}) == "analyst@example.org"
    assert client.cookies[COOKIE] == before
    assert not AuditEvent.objects.filter(kind="key used").exists()


def test_cookie_session_and_a_key_of_another_user_conflict(site, client, admin, analyst):
    sign_in(client, "admin@example.org")
    answer = client.get(WHO, {"apikey": issue(site, analyst)})
    assert answer.json["sources"] == ["the apikey header", "the session cookie"]


def test_session_key_ends_with_sign_out_in_the_same_moment(site, client, analyst):
    sign_in(client, "analyst@example.org")
    key = session_key(site, client, analyst)
    script = Client(client.front, keeps_cookies=False)
    assert email(script, {"apikey": key}) == "analyst@example.org"
    client.post("/login-logoutApi.api")
    assert script.get(WHO, {"apikey": key}).status == 401


def test_holder_of_a_session_key_learns_that_its_session_ended(site, client, analyst):
    from keyhouse.sessions.models import BrowserSession

    sign_in(client, "analyst@example.org")
    key = session_key(site, client, analyst)
    script = Client(client.front, keeps_cookies=False)
    BrowserSession.objects.update(last_seen_at=now() - timedelta(hours=1))
    assert script.get(WHO, {"apikey": key}).json["reason"] == "session_ended"
    BrowserSession.objects.update(last_seen_at=now())
    assert script.get(WHO, {"apikey": key}).status == 200
    site.users.set_password(analyst, "another horse battery", OPERATOR)
    assert script.get(WHO, {"apikey": key}).json["reason"] == "session_ended"


def test_a_script_with_a_session_key_does_not_keep_the_session_awake(site, client, analyst):
    from keyhouse.sessions.models import BrowserSession

    sign_in(client, "analyst@example.org")
    key = session_key(site, client, analyst)
    seen = now() - timedelta(minutes=20)
    BrowserSession.objects.update(last_seen_at=seen)
    Client(client.front, keeps_cookies=False).get(WHO, {"apikey": key})
    assert BrowserSession.objects.get().last_seen_at == seen
    client.get(WHO)
    assert BrowserSession.objects.get().last_seen_at > seen


def test_unknown_session_key_is_refused_like_any_unknown_key(site, client):
    answer = client.get(WHO, {"apikey": mint(TokenKind.SESSION_KEY, entropy).text})
    assert (answer.status, "reason" in answer.json) == (401, False)


def test_a_browser_gets_no_cookie_for_a_key(site, client, analyst):
    key = issue(site, analyst)
    for headers in (
        {"User-Agent": "Mozilla/5.0"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert email(client, {"apikey": key, **headers}) == "analyst@example.org"
        assert COOKIE not in client.cookies


def test_cookie_of_a_password_ends_with_the_password(site, client, analyst):
    import base64

    basic = "Basic " + base64.b64encode(b"analyst@example.org:correct horse battery").decode()
    client.get(WHO, {"Authorization": basic})
    assert client.cookies[COOKIE].startswith("o.p.")
    assert email(client) == "analyst@example.org"
    site.users.set_password(analyst, "another horse battery", OPERATOR)
    assert email(client) == "guest"
