"""Attack: somebody who knows the password guesses six digits, in one browser, in many, from many addresses, at once."""

from tests.second_factors import begin, codes_in, show, who, with_app
from tests.site import Client, issue

LIMIT = 10


def guess(site, front, user, number, way="totp"):
    """Guess once in a browser and from an address of its own."""
    client = begin(front, user, address=f"192.0.2.{number}")
    return client, show(client, "000000" if way == "totp" else "00000-00000", way)


def test_five_wrong_codes_end_the_sign_in(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    client = begin(front, analyst)
    statuses = [show(client, "000000").status for _ in range(5)]
    assert statuses == [403] * 5
    over = show(client, app.code(site.clock()))
    assert over.status == 303 and "login-login.view" in over.header("Location")
    assert show(client, app.code(site.clock())).header("Location").endswith("login-login.view")
    assert who(client) == "guest"


def test_the_account_has_a_limit_that_no_number_of_browsers_and_addresses_dodges(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    assert [guess(site, front, analyst, n)[1].status for n in range(LIMIT + 2)] == [403] * LIMIT + [429] * 2
    client = begin(front, analyst, address="198.51.100.1")
    answer = show(client, app.code(site.clock()))
    assert answer.status == 429 and "somebody knows your password" in answer.text
    assert who(client) == "guest"


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(site, front, analyst):
    from tests.attacks.at_once import at_once

    with_app(site, front, analyst)
    client = begin(front, analyst)
    copies = [Client(front, keeps_cookies=False, cookies=dict(client.cookies)) for _ in range(8)]
    statuses = at_once(lambda each: show(each, "000000").status, copies)
    assert statuses.count(403) <= 5


def test_guessing_does_not_keep_the_owner_from_other_ways(site, front, analyst):
    key = issue(site, analyst)
    _, own = with_app(site, front, analyst)
    codes = codes_in(own)
    for number in range(LIMIT + 1):
        guess(site, front, analyst, number)
    assert who(own) == analyst.email
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).json["email"] == analyst.email
    client = begin(front, analyst)
    assert show(client, codes[0], "recovery").status == 303
    assert who(client) == analyst.email


def test_the_pause_is_over_after_minutes(site, front, analyst):
    from datetime import timedelta

    from keyhouse.signin.factors import guesses

    first = guesses.OF_AN_ACCOUNT[0]
    now = site.clock()
    for _ in range(LIMIT):
        assert guesses.take("totp:1", guesses.OF_AN_ACCOUNT, now) is not None
    assert guesses.take("totp:1", guesses.OF_AN_ACCOUNT, now) is None
    assert guesses.take("totp:1", guesses.OF_AN_ACCOUNT, now + first.within) is not None
    assert first.within <= timedelta(minutes=5)


def test_right_codes_use_nothing_up(site, front, analyst):
    from tests.second_factors import forget_used_codes

    app, _ = with_app(site, front, analyst)
    for _ in range(LIMIT + 2):
        forget_used_codes()
        assert show(begin(front, analyst), app.code(site.clock())).status == 303


def test_the_limit_of_one_account_is_not_that_of_another(site, front, analyst, admin):
    with_app(site, front, analyst)
    app, _ = with_app(site, front, admin)
    for number in range(LIMIT + 1):
        guess(site, front, analyst, number)
    assert show(begin(front, admin), app.code(site.clock())).status == 303


def test_each_wrong_code_is_in_the_log_and_none_of_its_digits(site, front, analyst):
    from keyhouse.audit.models import AuditEvent

    with_app(site, front, analyst)
    show(begin(front, analyst), "123123")
    event = AuditEvent.objects.filter(kind="sign-in failed").latest("sequence")
    assert (event.user, event.reason) == (analyst.email, "second_factor_wrong")
    assert "123123" not in str(event.__dict__)


def test_the_code_that_sets_an_app_up_cannot_be_guessed_on_and_on(site, front, client, analyst):
    from tests.site import sign_in

    sign_in(client, analyst.email)
    client.get("/login-setUpTotp.view")
    texts = [client.post("/login-setUpTotp.view", form={"code": "000000"}).text for _ in range(LIMIT + 1)]
    assert "Too many wrong codes" in texts[-1] and "Too many wrong codes" not in texts[0]
