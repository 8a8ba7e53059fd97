"""Self-registration: off unless switched on, one answer for every address, a link that works once."""

import pytest
from tests.console.pages import submit, words
from tests.providers.made_up import configured
from tests.signin.test_reset import link, mails  # noqa: F401
from tests.site import OPERATOR, Client, set_site, sign_in

ASK, CONFIRM = "/login-register.view", "/login-confirmRegistration.view"
NEW, PASSWORD = "new@example.org", "another horse battery"


@pytest.fixture
def is_open(site):
    set_site(site, selfRegistration=True)


def ask(client, email=NEW, name="New Person"):
    client.get(ASK)
    return submit(client, ASK, email=email, name=name)


def choose(client, path, password=PASSWORD):
    client.get(path)
    key = path.partition("key=")[2]
    return submit(client, CONFIRM, key=key.replace("%3A", ":"), password1=password, password2=password)


def test_people_register_only_where_the_site_lets_them(client, mails):  # noqa: F811
    assert "Register" not in words(client.get("/login-login.view"))
    assert client.get(ASK).status == 404
    client.get("/login-login.view")
    assert ask(client).status == 404
    assert client.get(CONFIRM, key="x").status == 404
    assert client.get("/login-getRegistrationConfigApi.api").json == {"enabled": False}
    assert mails() == []


@pytest.mark.usefixtures("is_open")
def test_the_link_of_the_mail_makes_the_account_once(client, front, mails):  # noqa: F811
    from keyhouse.accounts.models import User
    from keyhouse.audit.models import AuditEvent

    assert "Register" in words(client.get("/login-login.view"))
    assert ask(client, " New@Example.org ").status == 200
    assert not User.objects.filter(email=NEW).exists()
    (mail,) = mails()
    assert f"To: {NEW}" in mail
    assert "New Person" not in mail
    path = link(mail)
    assert choose(client, path, "short").status == 400
    assert choose(client, path).status == 303
    user = User.objects.get(email=NEW)
    assert user.display_name == "New Person"
    sign_in(Client(front), NEW, PASSWORD)
    assert "used already" in words(client.get(path))
    assert AuditEvent.objects.filter(kind="registration asked").count() == 1
    assert AuditEvent.objects.filter(kind="user added", comment__contains=NEW).count() == 1


@pytest.mark.usefixtures("is_open")
def test_the_link_makes_no_second_account_after_the_first_was_deleted(site, client, mails):  # noqa: F811
    from keyhouse.accounts.models import User

    ask(client)
    path = link(mails()[0])
    choose(client, path)
    site.users.delete(User.objects.get(email=NEW), OPERATOR)
    assert "used already" in words(choose(client, path))
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.usefixtures("is_open")
def test_the_answer_is_the_same_whether_there_is_an_account(site, client, analyst, mails):  # noqa: F811
    gone = site.users.add("gone@example.org", OPERATOR)
    site.users.deactivate(gone, OPERATOR)
    site.users.add("robot@example.org", OPERATOR, is_service=True)
    emails = (NEW, analyst.email, gone.email, "robot@example.org")
    answers = {words(ask(client, email)) for email in emails}
    assert len(answers) == 1
    to_known = next(mail for mail in mails() if f"To: {analyst.email}" in mail)
    assert "has an account already" in to_known
    assert "key=" not in to_known
    assert len(mails()) == 2


@pytest.mark.usefixtures("is_open")
def test_an_address_of_a_provider_s_domain_does_not_register(client, mails):  # noqa: F811
    ask(client)
    configured("Institute", domains=["example.org"])
    answer = ask(client, "Other@EXAMPLE.org")
    assert answer.status == 400
    assert "sign in through Institute" in words(answer)
    assert "used already" in words(client.get(link(mails()[0])))
    assert len(mails()) == 1


@pytest.mark.usefixtures("is_open")
def test_who_asks_too_often_is_slowed(client, mails):  # noqa: F811
    assert [ask(client).status for _ in range(4)] == [200, 200, 200, 429]
    assert len(mails()) == 3


@pytest.mark.usefixtures("is_open")
@pytest.mark.parametrize("key", ["", "x", "e30:1:x", "x" * 5000])
def test_a_made_up_link_is_worth_nothing(client, key):
    assert "used already or has expired" in words(client.get(CONFIRM, key=key))


@pytest.mark.usefixtures("is_open")
def test_a_link_expires_after_a_day_and_with_the_setting(site, client, mails, monkeypatch):  # noqa: F811
    import time

    ask(client)
    path, now = link(mails()[0]), time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 25 * 3600)
    assert "has expired" in words(client.get(path))
