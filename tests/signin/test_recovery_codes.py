"""Recovery codes: ten, shown once, each good for one sign-in."""

from tests.second_factors import begin, codes_in, show, who, with_app
from tests.site import sign_in

from keyhouse.core.assurance import Assurance


def test_ten_codes_come_with_the_first_factor_and_are_shown_once(site, front, analyst):
    _, client = with_app(site, front, analyst)
    codes = codes_in(client)
    assert len(set(codes)) == 10
    assert client.get("/login-recoveryCodes.view").status == 303
    assert codes_in(client) == []


def test_each_code_signs_in_once_and_the_page_counts_what_is_left(site, front, analyst):
    _, client = with_app(site, front, analyst)
    first, second, *_ = codes_in(client)
    browser = begin(front, analyst)
    assert show(browser, first, "recovery").status == 303 and who(browser) == analyst.email
    assert show(begin(front, analyst), first, "recovery").status == 403
    assert show(begin(front, analyst), second.replace("-", ""), "recovery").status == 303
    assert "8 left" in client.get("/login-secondFactors.view").text


def test_the_page_warns_when_few_are_left(site, front, analyst):
    _, client = with_app(site, front, analyst)
    codes = codes_in(client)
    assert "recovery codes left" not in client.get("/login-secondFactors.view").text
    for code in codes[:7]:
        assert show(begin(front, analyst), code, "recovery").status == 303
    assert "Only 3 recovery codes left" in client.get("/login-secondFactors.view").text


def test_new_codes_make_the_old_ones_useless(site, front, analyst):
    _, client = with_app(site, front, analyst)
    old = codes_in(client)
    asked = client.post("/login-secondFactors.view", form={"do": "renew-codes"})
    assert asked.status == 200 and "Yes, make new ones" in asked.text
    made = client.post("/login-secondFactors.view", form={"do": "renew-codes", "confirmed": "1"})
    assert made.status == 303 and "login-recoveryCodes.view" in made.header("Location")
    new = codes_in(client)
    assert len(new) == 10 and not set(new) & set(old)
    assert show(begin(front, analyst), old[0], "recovery").status == 403
    assert show(begin(front, analyst), new[0], "recovery").status == 303


def test_codes_cannot_be_read_from_the_database(site, front, analyst):
    from keyhouse.signin.models import Authenticator

    _, client = with_app(site, front, analyst)
    codes = [code.replace("-", "") for code in codes_in(client)]
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert not any(code in kept for code in codes)


def test_a_sign_in_with_a_recovery_code_counts_as_two_factors(site, front, analyst):
    from keyhouse.sessions.models import BrowserSession

    _, client = with_app(site, front, analyst)
    browser = begin(front, analyst)
    show(browser, codes_in(client)[0], "recovery")
    assert BrowserSession.objects.filter(user=analyst).latest("id").assurance == Assurance.TWO_FACTORS


def test_codes_are_of_nobody_without_a_second_factor(site, client, analyst):
    sign_in(client, analyst.email)
    answer = client.post("/login-secondFactors.view", form={"do": "renew-codes", "confirmed": "1"})
    assert answer.status == 400 and "set one up first" in answer.text
