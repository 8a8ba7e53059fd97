"""Password reset by mail: the link works once, for a day, and only its owner gets it."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from tests.site import OPERATOR, PASSWORD, Client, sign_in

ASK = "/login-resetPassword.view"
NEW = "another horse battery"


@pytest.fixture
def mails(site):
    def read() -> list[str]:
        return [path.read_text() for path in sorted((site.boot.data / "mail").iterdir())]

    return read


def ask(client: Client, email: str, headers: dict[str, str] | None = None):
    client.get(ASK)
    return client.post(ASK, headers, form={"email": email})


def link(mail: str) -> str:
    url = re.search(r"https?://\S+", mail).group()
    return urlsplit(url).path.removeprefix("/labkey") + "?" + urlsplit(url).query


def choose(client: Client, path: str, password: str = NEW):
    query = dict(part.split("=") for part in path.partition("?")[2].split("&"))
    return client.post("/login-setPassword.view", form={**query, "password1": password, "password2": password})


def test_mail_lands_in_the_data_directory_and_its_link_works_once(site, client, analyst, mails):
    ask(client, "Analyst@Example.org")
    (mail,) = mails()
    assert "To: analyst@example.org" in mail
    path = link(mail)
    assert choose(client, path).status in {302, 303}
    sign_in(client, analyst.email, NEW)
    assert choose(client, path, "third horse battery").status == 200
    sign_in(client, analyst.email, NEW)


def test_a_reset_ends_every_session(site, front, client, analyst, mails):
    other = Client(front)
    sign_in(other, analyst.email)
    ask(client, analyst.email)
    choose(client, link(mails()[0]))
    assert other.get("/login-whoAmI.api").json["email"] == "guest"


def test_a_link_expires_after_a_day(site, analyst, monkeypatch):
    from allauth.account.forms import default_token_generator

    query = site.resets.link_for(analyst, "x").partition("?")[2]
    uid, key = (part.partition("=")[2] for part in query.split("&"))
    assert site.resets.user_of(uid, key) == analyst
    later = datetime.now() + timedelta(hours=25)
    monkeypatch.setattr(type(default_token_generator), "_now", lambda self: later)
    assert site.resets.user_of(uid, key) is None


def test_a_link_dies_with_a_sign_in_a_new_password_or_the_account(site, client, analyst):
    from keyhouse.accounts.users import find

    def fresh() -> tuple[str, str]:
        query = site.resets.link_for(find(analyst.email), "x").partition("?")[2]
        uid, key = (part.partition("=")[2] for part in query.split("&"))
        assert site.resets.user_of(uid, key)
        return uid, key

    before = fresh()
    sign_in(client, analyst.email)
    assert site.resets.user_of(*before) is None
    before = fresh()
    site.users.set_password(find(analyst.email), NEW, OPERATOR)
    assert site.resets.user_of(*before) is None
    before = fresh()
    site.users.deactivate(find(analyst.email), OPERATOR)
    assert site.resets.user_of(*before) is None


@pytest.mark.parametrize(
    ("uid", "key"),
    [("", ""), ("zz", "x"), ("-1", "x-y"), ("9" * 99, "a-b"), ("1001", ""), ("é", "\0"), ("' OR 1", "1")],
)
def test_a_made_up_link_is_nobodys(site, analyst, uid, key):
    assert site.resets.user_of(uid, key) is None


def test_the_link_of_one_user_is_not_good_for_another(site, analyst, admin):
    query = site.resets.link_for(analyst, "x").partition("?")[2]
    key = query.partition("key=")[2]
    uid = site.resets.link_for(admin, "x").partition("uid=")[2].partition("&")[0]
    assert site.resets.user_of(uid, key) is None


def test_asking_answers_the_same_whether_the_account_exists(site, front, analyst, mails):
    site.users.add("robot@example.org", OPERATOR, is_service=True)
    answers = []
    for email in (analyst.email, "nobody@example.org", "robot@example.org"):
        client = Client(front, keeps_cookies=False, cookies={"X-LABKEY-CSRF": "0" * 64})
        answers.append(ask(client, email))
    assert len({(answer.status, answer.body) for answer in answers}) == 1
    assert len(mails()) == 1


def test_the_address_in_the_mail_is_not_taken_from_the_request(site, client, analyst, mails):
    ask(
        client,
        analyst.email,
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": ""[:0] or "http://127.0.0.1:8080"},
    )
    ask(client, analyst.email, {"Host": "evil.example"})
    assert mails() and all("evil.example" not in mail for mail in mails())
    assert all(f"{site.boot.url}/login-setPassword.view?" in mail for mail in mails())


def test_asking_too_often_is_refused_whether_the_account_exists_or_not(site, front, analyst):
    for email in (analyst.email, "nobody@example.org"):
        statuses = [ask(Client(front, address=f"192.0.2.{n}"), email).status for n in range(7)]
        assert statuses[0] == 200 and statuses[-1] == 429


def test_a_mail_server_that_is_down_does_not_show_who_has_an_account(site, front, analyst, monkeypatch):
    from keyhouse.signin.passwords import mailing

    def down(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(mailing, "send_mail", down)
    cookies = {"X-LABKEY-CSRF": "0" * 64}
    answers = [
        ask(Client(front, keeps_cookies=False, cookies=dict(cookies)), name)
        for name in (analyst.email, "no@example.org")
    ]
    assert answers[0].status == 200 and answers[0].body == answers[1].body


def test_a_weak_new_password_is_refused_and_the_link_stays_good(site, client, analyst, mails):
    ask(client, analyst.email)
    path = link(mails()[0])
    assert choose(client, path, "short").status >= 400 or "at least 8" in choose(client, path, "short").text
    assert choose(client, path).status in {302, 303}
    assert PASSWORD != NEW
