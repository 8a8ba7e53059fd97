"""Attack: try passwords until one fits, from one address or from many."""

from tests.attacks.wire import basic
from tests.site import PASSWORD, Client

GUESSES = [f"password number {number}" for number in range(15)]


def test_from_one_address_over_basic(site, front, analyst):
    client = Client(front, address="192.0.2.1")
    statuses = [client.get("/login-whoAmI.api", basic(analyst.email, guess)).status for guess in GUESSES]
    assert statuses[0] == 401 and set(statuses[10:]) == {429}
    assert client.get("/login-whoAmI.api", basic(analyst.email, PASSWORD)).status == 429


def test_from_many_addresses_at_one_account(site, front, analyst):
    statuses = []
    for number, guess in enumerate(GUESSES):
        form = {"email": analyst.email, "password": guess}
        statuses.append(Client(front, address=f"198.51.{number}.1").post("/login-loginApi.api", form=form).status)
    assert set(statuses[10:]) == {429}


def test_one_password_at_many_accounts_from_one_address(site, front, analyst):
    client = Client(front, address="192.0.2.1")
    statuses = []
    for number in range(25):
        form = {"email": f"user{number}@example.org", "password": "Spring2026!"}
        statuses.append(client.post("/login-loginApi.api", form=form).status)
    assert statuses[0] == 400 and set(statuses[21:]) == {429}


def test_the_limit_is_shared_by_all_workers(site, front, analyst):
    from keyhouse.server import site_of
    from keyhouse.web.front import Front

    other = Front(site_of(site.boot), front._inner)
    for number, guess in enumerate(GUESSES):
        form = {"email": analyst.email, "password": guess}
        answer = Client((front, other)[number % 2], address=f"198.51.{number}.1").post("/login-loginApi.api", form=form)
    assert answer.status == 429


def test_a_reset_link_cannot_be_tried_out(site, front, analyst):
    uid = site.resets.link_for(analyst, "x").partition("uid=")[2].partition("&")[0]
    assert all(site.resets.user_of(uid, f"{number:06x}-{'0' * 32}") is None for number in range(300))


def test_keys_of_users_who_are_under_attack_keep_working(site, front, analyst):
    from tests.site import issue

    key = issue(site, analyst)
    for number, guess in enumerate(GUESSES):
        Client(front, address=f"198.51.{number}.1").get("/login-whoAmI.api", basic(analyst.email, guess))
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 200
