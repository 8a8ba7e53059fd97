"""The page on which a person lets a program in, without a script."""

import pytest

from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.devices import PAGE, answer, program
from tests.site import Client, issue, set_site

DAY = 86_400


@pytest.fixture
def device(site, front, analyst):
    set_site(site, allowApiKeys=True)
    return program(front, "198.51.100.7")


@pytest.fixture
def browser(client, device):
    sign_in(client, ANALYST)
    return client


def shown(browser, code):
    return browser.get(PAGE, user_code=code)


def options(page):
    return [int(str(attrs["value"])) for attrs in Controls(page.text).all("option")]


def chosen(page):
    return [int(str(attrs["value"])) for attrs in Controls(page.text).all("option") if "selected" in attrs]


def test_guest_signs_in_first_and_comes_back_with_the_code(device, front):
    guest = Client(front)
    led = guest.get(PAGE, user_code="WDJB-MJHT")
    assert led.status == 302
    assert "user_code%3DWDJB-MJHT" in led.header("Location")


def test_page_asks_for_the_code_and_takes_it_by_address(device, browser):
    page = browser.get(PAGE)
    assert (page.status, len(Controls(page.text).all("h1"))) == (200, 1)
    [form] = [attrs for attrs in Controls(page.text).all("form") if "device-approve" in str(attrs.get("action"))]
    assert form["method"] == "get"


def test_page_shows_program_machine_address_and_the_code_to_compare(device, browser):
    code = device.start(hostName="node17.cluster.example.org")["user_code"]
    page = shown(browser, code.lower().replace("-", " "))
    told = words(page)
    for fact in (code, "keyhouse login", "node17.cluster.example.org", "198.51.100.7", ANALYST):
        assert fact in told
    assert "Did somebody send you here?" in told


def test_page_warns_of_a_program_on_another_computer_and_only_then(front, device, browser):
    assert "you are at 127.0.0.1" in words(shown(browser, device.start()["user_code"]))
    here = words(shown(browser, program(front).start()["user_code"]))
    assert "you are at" not in here
    assert "(your address)" in here


def test_approved_program_is_led_to_a_page_that_says_so(device, browser):
    led = answer(browser, device.start()["user_code"])
    assert (led.status, led.header("Location")) == (303, "/labkey/device-approve.view?done=approved")
    assert "Go back to the program" in words(browser.get(PAGE, done="approved"))
    assert device.ask().status == 200


def test_denied_program_is_led_to_a_page_that_says_so(device, browser):
    assert answer(browser, device.start()["user_code"], "deny").header("Location").endswith("done=denied")
    assert "It gets no key" in words(browser.get(PAGE, done="denied"))


def test_answer_counts_once(device, browser):
    code = device.start()["user_code"]
    answer(browser, code, "deny")
    late = answer(browser, code)
    assert late.status == 400
    assert "No program waits under this code" in words(late)
    assert device.error() == "access_denied"


def test_neither_button_pressed_asks_again(device, browser):
    code = device.start()["user_code"]
    assert answer(browser, code, "").status == 200
    assert device.error() == "authorization_pending"


def test_life_that_the_program_asks_for_is_chosen_already(device, browser):
    page = shown(browser, device.start(expirationSeconds=45 * DAY)["user_code"])
    assert chosen(page) == [45 * DAY]
    assert options(page) == [*sorted(options(page)[:-1]), -1]


def test_key_ends_in_90_days_where_nobody_says_otherwise(device, browser):
    assert chosen(shown(browser, device.start()["user_code"])) == [90 * DAY]


def test_nothing_beyond_the_maximum_is_offered_or_taken(site, device, browser):
    set_site(site, apiKeyExpirationSeconds=30 * DAY)
    code = device.start(expirationSeconds=45 * DAY)["user_code"]
    page = shown(browser, code)
    assert (options(page), chosen(page)) == ([7 * DAY, 30 * DAY], [30 * DAY])
    for seconds in (45 * DAY, -1, "soon", ""):
        refused = answer(browser, code, expirationSeconds=str(seconds))
        assert (refused.status, "Choose one of the times" in words(refused)) == (400, True)
    assert answer(browser, code, expirationSeconds=str(7 * DAY)).status == 303


def test_description_is_that_of_the_program_until_the_person_changes_it(device, browser):
    from keyhouse.keys.models import ApiKey

    wanted = shown(browser, device.start(description="nightly run")["user_code"])
    assert 'value="nightly run"' in wanted.text
    code = device.start(hostName="node17")["user_code"]
    assert 'value="keyhouse login on node17"' in shown(browser, code).text
    answer(browser, code, description="x" * 300)
    device.ask()
    assert len(ApiKey.objects.get().description) == 256


def test_wrong_code_says_what_to_do(device, browser):
    page = shown(browser, "ABCD-EFGH")
    assert page.status == 400
    assert "start the program again" in words(page)
    assert Controls(page.text).all("input")[-1]["aria-invalid"] == "true"


def test_no_program_is_let_in_where_keys_are_switched_off(site, device, browser):
    code = device.start()["user_code"]
    set_site(site, allowApiKeys=False)
    for page in (shown(browser, code), answer(browser, code)):
        assert (page.status, "Creation of API keys is disabled" in words(page)) == (404, True)
    assert device.error() in {"authorization_pending", "access_denied", "slow_down"}


def test_a_stale_sign_in_is_proved_again_before_a_program_is_let_in(site, device, browser):
    from datetime import timedelta

    from keyhouse.sessions.models import BrowserSession

    code = device.start()["user_code"]
    BrowserSession.objects.update(proved_at=site.clock() - timedelta(hours=1))
    set_site(site, requireFreshSignIn=True)
    for page in (shown(browser, code), answer(browser, code)):
        assert page.status in {302, 303}
        assert page.header("Location").startswith("/labkey/login-reauthenticate.view?returnUrl=")
    assert device.error() in {"authorization_pending", "access_denied", "slow_down"}


def test_key_lets_no_program_in(site, front, device, analyst):
    script = {"apikey": issue(site, analyst)}
    code = device.start()["user_code"]
    refused = Client(front, keeps_cookies=False).post(PAGE, script, form={"user_code": code, "do": "approve"})
    assert refused.status == 403
    assert device.error() == "authorization_pending"


def test_nobody_lets_a_program_in_while_impersonating(site, device, browser, admin):
    from keyhouse.accounts.models import User
    from keyhouse.core.context import DeclaredContext
    from keyhouse.core.decision import BROWSER_SESSION, Allowed, Via
    from keyhouse.core.impersonation import Guise, Impersonation
    from keyhouse.core.principal import Principal
    from keyhouse.core.tokens import TokenKind
    from keyhouse.keys.permission import why_not
    from keyhouse.siteconfig import store

    user = User.objects.get(email=ADMIN)
    context = DeclaredContext(
        impersonation=Impersonation(Principal(1, "admin@example.org", "Admin"), Guise.ROLES, "Reader")
    )
    allowed = Allowed(Principal(user.id, user.email, ""), Via(BROWSER_SESSION), context)
    refusal = why_not(TokenKind.API_KEY, allowed, store.read())
    assert refusal is not None
    assert refusal.text == "Can't create an API key while impersonating"


def test_what_a_program_says_of_itself_is_text_on_the_page(device, browser):
    page = shown(browser, device.start(client_id="<script>alert(1)</script>", description='"><b>')["user_code"])
    assert "<script>alert" not in page.text
    assert '"><b>' not in page.text


def test_every_page_of_it_has_labels_and_no_script(device, browser):
    pages = [browser.get(PAGE), shown(browser, "x"), shown(browser, device.start()["user_code"])]
    pages += [browser.get(PAGE, done=done) for done in ("approved", "denied")]
    for page in map(Controls, (page.text for page in pages)):
        assert len(page.all("h1")) == 1
        labelled = {attrs.get("for") for attrs in page.all("label")}
        controls = [one for one in [*page.all("input"), *page.all("select")] if one.get("type") != "hidden"]
        assert all(control["id"] in labelled for control in controls)
        assert not page.all("style")


def test_form_can_be_sent_as_a_browser_without_script_does(device, browser):
    code = device.start()["user_code"]
    sent = submit(browser, PAGE, user_code=code, do="approve", description="", expirationSeconds="-1")
    assert sent.status == 303
