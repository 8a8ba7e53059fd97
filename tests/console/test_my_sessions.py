"""My Sessions and the session keys on External Tool Access: a person sees and ends what is theirs, in the browser."""

import re

import pytest

from tests.console.pages import ANALYST, sign_in, submit, words
from tests.site import PASSWORD, Client, issue, set_site

PAGE = "/user-mySessions.view"
TOOLS = "/security-externalToolsView.view"
WHO = "/login-whoAmI.api"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def browser(front, agent=FIREFOX, address="192.0.2.1"):
    made = Client(front, address=address)
    made.get("/login-login.view")
    made.post("/login-loginApi.api", {"user-agent": agent}, form={"email": ANALYST, "password": PASSWORD})
    return made


@pytest.fixture
def here(site, client, analyst):
    set_site(site, allowSessionKeys=True, allowApiKeys=True)
    sign_in(client, ANALYST)
    return client


def generate(client, **fields):
    answer = submit(client, TOOLS, type="session", **fields)
    return re.search(r'name="session_token" value="([^"]+)"', answer.text).group(1)


def email(client):
    return client.get(WHO).json["email"]


def keys():
    from keyhouse.keys.models import SessionKey

    return list(SessionKey.objects.order_by("id"))


def test_each_session_has_device_address_times_and_keys(here, front):
    other = browser(front)
    generate(other)
    page = words(here.get(PAGE))
    assert "Firefox on Linux" in page and "192.0.2.1" in page and "this session" in page
    assert "in 30 min if idle" in page and "in 12 h at most" in page


def test_one_other_session_is_ended_with_its_keys(here, front):
    from keyhouse.sessions.models import BrowserSession

    other = browser(front)
    key = generate(other)
    session = BrowserSession.objects.get(address="192.0.2.1").public_id
    answer = submit(here, PAGE, session=session)
    assert answer.header("Location").endswith("said=session-ended")
    assert (email(other), email(here)) == ("guest", ANALYST)
    assert Client(front).get(WHO, {"apikey": key}).json["reason"] == "session_ended"


def test_all_others_are_ended_after_asking_and_this_one_stays(here, front):
    others = [browser(front), browser(front)]
    assert "Sign out all other browsers?" in words(submit(here, PAGE, do="end-others"))
    assert [email(each) for each in others] == [ANALYST, ANALYST]
    submit(here, PAGE, do="end-others", confirmed="1")
    assert [email(each) for each in [*others, here]] == ["guest", "guest", ANALYST]


def test_nobody_ends_the_session_of_somebody_else(here, front, admin):
    from keyhouse.sessions.models import BrowserSession

    theirs = Client(front)
    sign_in(theirs, admin.email)
    session = BrowserSession.objects.get(user=admin).public_id
    assert submit(here, PAGE, session=session).header("Location").endswith("said=session-gone")
    submit(here, PAGE, do="end-others", confirmed="1")
    assert email(theirs) == admin.email
    assert admin.email not in here.get(PAGE).text


def test_a_program_ends_no_sessions(here, front, site, analyst):
    other = browser(front)
    for key in (issue(site, analyst), generate(here)):
        program = Client(front, keeps_cookies=False)
        assert program.post(PAGE, {"apikey": key}, form={"do": "end-others", "confirmed": "1"}).status == 400
    assert email(other) == ANALYST


def test_while_impersonating_no_session_is_shown(here, monkeypatch):
    monkeypatch.setattr("keyhouse.console.my_sessions.is_impersonating", lambda call: True)
    monkeypatch.setattr("keyhouse.console.session_lines.is_impersonating", lambda call: True)
    assert "Sessions are not shown while impersonating." in words(here.get(PAGE))
    assert "not available while impersonating" in words(submit(here, PAGE, do="end-others"))


def test_a_session_that_is_over_is_not_shown(here, front, site):
    from datetime import timedelta

    from keyhouse.sessions.models import BrowserSession
    from keyhouse.system import now

    browser(front)
    assert "192.0.2.1" in here.get(PAGE).text
    BrowserSession.objects.filter(address="192.0.2.1").update(last_seen_at=now() - timedelta(minutes=31))
    assert "192.0.2.1" not in here.get(PAGE).text


def test_a_long_list_has_pages(here, front, monkeypatch):
    monkeypatch.setattr("keyhouse.console.session_lines.PAGE_SIZE", 2)
    for _ in range(3):
        browser(front)
    assert "Sessions 1 to 2 of 4" in words(here.get(PAGE))
    assert "Sessions 3 to 4 of 4" in words(here.get(PAGE, offset=2))
    assert "Sessions 3 to 4 of 4" in words(here.get(PAGE, offset=900))


def test_a_session_key_has_a_description_and_is_listed_with_it(here):
    key = generate(here, description="nightly report")
    page = words(here.get(TOOLS))
    assert "nightly report" in page and key[4:16] in page and key not in here.get(TOOLS).text


def test_one_session_key_is_ended_after_asking(here, front):
    one, other = generate(here), generate(here)
    asked = submit(here, TOOLS, do="end-session-keys", sessionKey=keys()[0].pk)
    assert "Programs that use an ended key are refused" in words(asked)
    submit(here, TOOLS, do="end-session-keys", sessionKey=keys()[0].pk, confirmed="1")
    assert Client(front).get(WHO, {"apikey": one}).json["reason"] == "key_revoked"
    assert Client(front).get(WHO, {"apikey": other}).status == 200


def test_all_session_keys_are_ended_at_once(here, front):
    made = [generate(here), generate(browser(front))]
    submit(here, TOOLS, do="end-all-session-keys", confirmed="1")
    assert [Client(front).get(WHO, {"apikey": key}).json["reason"] for key in made] == ["key_revoked"] * 2


def test_nobody_ends_the_session_key_of_somebody_else(site, here, front, admin):
    theirs = Client(front)
    sign_in(theirs, admin.email)
    generate(theirs)
    answer = submit(here, TOOLS, do="end-session-keys", sessionKey=keys()[0].pk, confirmed="1")
    assert answer.header("Location").endswith("said=none-selected") and len(keys()) == 1


def test_a_key_is_let_keep_its_session_alive_where_the_site_permits_it(here, site):
    generate(here)
    assert "does not permit" in words(submit(here, TOOLS, do="keep-alive", sessionKey=keys()[0].pk))
    assert not keys()[0].keeps_alive
    set_site(site, sessionKeysMayKeepAlive=True)
    submit(here, TOOLS, do="keep-alive", sessionKey=keys()[0].pk)
    assert keys()[0].keeps_alive and "keeps the session alive" in words(here.get(TOOLS))
    submit(here, TOOLS, do="let-idle", sessionKey=keys()[0].pk)
    assert not keys()[0].keeps_alive


def test_keys_stay_listed_where_no_new_ones_may_be_made(here, site):
    generate(here, description="from before")
    set_site(site, allowSessionKeys=False)
    page = words(here.get(TOOLS))
    assert "from before" in page and "Session key generation is currently not enabled" in page
