"""Sign-in with a password: Argon2id, one silence for all failures, limits that nobody dodges."""

import base64

import pytest
from tests.site import OPERATOR, PASSWORD, Client, sign_in

from keyhouse.core.reasons import PASSWORD_TEXT

LOGIN = "/login-loginApi.api"


def attempt(client: Client, email: str, password: str, headers: dict[str, str] | None = None):
    return client.post(LOGIN, headers, form={"email": email, "password": password})


@pytest.fixture
def stranger(client):
    client.keeps_cookies = False
    client.cookies = {"X-LABKEY-CSRF": "0" * 64}
    return client


def seen(answer) -> tuple[int, bytes, list[tuple[str, str]]]:
    return answer.status, answer.body, sorted(answer.headers)


def test_unknown_account_and_wrong_password_get_byte_equal_answers(site, stranger, analyst):
    wrong = attempt(stranger, analyst.email, "not the password")
    unknown = attempt(stranger, "nobody@example.org", "not the password")
    assert seen(wrong) == seen(unknown)
    assert wrong.status == 400 and PASSWORD_TEXT in wrong.json["exception"]


def test_deactivated_and_service_accounts_look_unknown_to_strangers(site, stranger, analyst):
    site.users.add("robot@example.org", OPERATOR, is_service=True)
    site.users.deactivate(analyst, OPERATOR)
    answers = [
        attempt(stranger, name, "not the password") for name in (analyst.email, "robot@example.org", "no@example.org")
    ]
    assert len({answer.body for answer in answers}) == 1


@pytest.mark.parametrize("email", ["analyst@example.org", "nobody@example.org"])
def test_the_limit_of_an_account_says_nothing_about_its_existence(site, front, analyst, email):
    # Each attempt from another address: what is limited is the account.
    answers = []
    for number in range(12):
        client = Client(front, keeps_cookies=False, cookies={"X-LABKEY-CSRF": "0" * 64}, address=f"192.0.2.{number}")
        answers.append(attempt(client, email, "not the password"))
    assert [answer.status for answer in answers] == [400] * 10 + [429] * 2
    assert answers[-1].header("Retry-After") == "60"


def test_even_the_right_password_waits_at_the_limit(site, front, analyst):
    for number in range(10):
        client = Client(front, cookies={"X-LABKEY-CSRF": "0" * 64}, address=f"192.0.2.{number}")
        attempt(client, analyst.email, "not the password")
    assert attempt(Client(front), analyst.email, PASSWORD).status == 429


@pytest.mark.parametrize(
    "dodge", [{"Host": "evil{}.example"}, {"X-Forwarded-For": "198.51.100.{}"}, {"X-Forwarded-Host": "e{}.example"}]
)
def test_no_header_of_the_attacker_dodges_the_limit(site, stranger, analyst, dodge):
    statuses = []
    for number in range(12):
        headers = {name: value.format(number) for name, value in dodge.items()}
        statuses.append(attempt(stranger, analyst.email, "not the password", headers).status)
    assert statuses[-1] == 429


@pytest.mark.parametrize("spell", [str.upper, str.title, lambda email: f" {email} "])
def test_no_spelling_of_the_address_dodges_the_limit(site, stranger, analyst, spell):
    for _ in range(10):
        attempt(stranger, analyst.email, "not the password")
    assert attempt(stranger, spell(analyst.email), "not the password").status == 429


def test_the_limit_over_basic_and_on_the_page_is_the_same_one(site, front, analyst):
    basic = "Basic " + base64.b64encode(f"{analyst.email}:wrong".encode()).decode()
    for number in range(10):
        Client(front, address=f"192.0.2.{number}").get("/login-whoAmI.api", {"Authorization": basic})
    assert attempt(Client(front), analyst.email, PASSWORD).status == 429
    answer = Client(front, address="192.0.2.99").get("/login-whoAmI.api", {"Authorization": basic})
    assert (answer.status, answer.header("Retry-After")) == (429, "60")


def test_a_sign_in_that_succeeds_costs_nothing(site, front, analyst):
    for _ in range(15):
        assert attempt(Client(front), analyst.email, PASSWORD).status == 200


@pytest.mark.parametrize("password", ["", " ", PASSWORD.upper(), PASSWORD + " ", "x" * 5000, "a\0b"])
def test_nothing_but_the_password_itself_lets_in(site, stranger, analyst, password):
    assert attempt(stranger, analyst.email, password).status == 400


def test_an_old_hash_with_weaker_parameters_is_made_anew(site, client, analyst):
    from django.contrib.auth.hashers import Argon2PasswordHasher

    from keyhouse.accounts.users import find

    weak = Argon2PasswordHasher()
    weak.time_cost = 1
    analyst.password = weak.encode(PASSWORD, "somesaltsomesalt")
    analyst.save(update_fields=["password"])
    sign_in(client, analyst.email)
    assert find(analyst.email).password != analyst.password
    assert "t=1" not in find(analyst.email).password
