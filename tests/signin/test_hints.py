"""What a refused password is told of other ways: the same for every account, and nothing where there are none."""

import pytest
from tests.attacks.wire import basic
from tests.providers.made_up import configured
from tests.signin.test_reset import ask, mails  # noqa: F401
from tests.site import OPERATOR, Client, set_site

from keyhouse.core.reasons import PASSWORD_TEXT

CAPS = "\nNote: Passwords are case sensitive; make sure your Caps Lock is off."


@pytest.fixture
def people(site, analyst):
    site.users.add("sso@example.org", OPERATOR)
    return [analyst.email, "sso@example.org", "nobody@example.org"]


def texts(front, people):
    bare = Client(front, keeps_cookies=False)
    over_basic = {bare.get("/login-whoAmI.api", basic(each, "wrong")).text for each in people}
    by_api = {
        bare.post("/login-loginApi.api", form={"email": each, "password": "wrong"}).json["exception"] for each in people
    }
    assert len(over_basic) == len(by_api) == 1
    return over_basic.pop(), by_api.pop()


def test_a_site_with_passwords_alone_says_what_it_always_said(front, people):
    configured("Off", is_enabled=False)
    over_basic, by_api = texts(front, people)
    assert PASSWORD_TEXT + '"' in over_basic
    assert by_api == PASSWORD_TEXT + CAPS


def test_every_failure_names_the_ways_and_the_key(front, people):
    configured("Institute"), configured("Hospital")
    over_basic, by_api = texts(front, people)
    said = "If you sign in through Institute or Hospital, you have no password here: scripts use an API key instead."
    assert f"{PASSWORD_TEXT} {said}" in over_basic
    assert by_api == f"{PASSWORD_TEXT}{CAPS} {said}"


def test_the_one_that_claims_the_domain_is_named_alone(front, people):
    configured("Institute", domains=["example.org"]), configured("Hospital")
    for text in texts(front, people):
        assert "through Institute, you" in text


def test_a_name_alone_is_of_the_default_domain(front, site, analyst):
    set_site(site, defaultDomain="example.org")
    client = Client(front)
    client.get("/login-whoAmI.api")
    form = {"email": "analyst", "password": "correct horse battery"}
    assert client.post("/login-loginApi.api", form=form).json["user"]["email"] == analyst.email
    configured("Institute", domains=["example.org"])
    wrong = Client(front).post("/login-loginApi.api", form={**form, "password": "wrong"})
    assert "through Institute, you" in wrong.json["exception"]


def test_a_bad_key_is_told_nothing_of_it(front, people):
    configured("Institute")
    assert "Institute" not in Client(front).get("/login-whoAmI.api", {"apikey": "0" * 64}).text


@pytest.mark.parametrize("by", ["identity", "domain"])
def test_an_account_without_a_password_is_mailed_how_it_signs_in_and_no_link(site, client, people, mails, by):  # noqa: F811
    from keyhouse.accounts.models import User
    from keyhouse.signin.method import Identity

    row = configured("Institute", domains=["example.org"] if by == "domain" else [])
    user = User.objects.get(email="sso@example.org")
    if by == "identity":
        site.identities.link(site.providers.find(row.id), Identity("s", user.email, True), user, OPERATOR)
    answers = {ask(client, email).text for email in people}
    assert len({answer.replace(client.cookies["X-LABKEY-CSRF"], "") for answer in answers}) == 1
    mail = next(mail for mail in mails() if "To: sso@example.org" in mail)
    assert "you sign in through Institute" in mail
    assert "setPassword" not in mail
    assert "setPassword" in next(mail for mail in mails() if "To: analyst@example.org" in mail)
