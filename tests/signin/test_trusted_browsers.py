"""Trusted browsers: off unless the site says for how long, one person's, one factor, and never fresh."""

from datetime import timedelta

import pytest
from tests.second_factors import begin, forget_used_codes, set_up_app, show, who, with_app
from tests.site import Client, set_site, sign_in

COOKIE = "KEYHOUSE_TRUSTED"


@pytest.fixture
def trusting(site, front, analyst):
    """The analyst's app, and a browser that is trusted for a week."""
    set_site(site, trustedBrowserDays=7)
    app, _ = with_app(site, front, analyst)
    client = begin(front, analyst)
    answer = show(client, app.code(site.clock()), trust="1")
    assert answer.status == 303
    return app, client


def again(front, client):
    """The same browser after its session has ended."""
    return Client(front, cookies={COOKIE: client.cookies[COOKIE]})


def test_nothing_is_trusted_unless_the_site_says_so(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    client = begin(front, analyst)
    assert "Trust this browser" not in client.get("/login-secondFactor.view").text
    show(client, app.code(site.clock()), trust="1")
    assert COOKIE not in client.cookies


def test_the_password_is_enough_in_a_trusted_browser_and_in_no_other(front, trusting, analyst):
    _, client = trusting
    assert "user" in sign_in(again(front, client), analyst.email).json
    begin(front, analyst)


def test_the_cookie_is_kept_from_scripts_and_only_its_digest_is_stored(site, front, analyst):
    from keyhouse.signin.models import TrustedBrowser

    set_site(site, trustedBrowserDays=7)
    app, _ = with_app(site, front, analyst)
    client = begin(front, analyst)
    answer = show(client, app.code(site.clock()), trust="1")
    line = next(line for line in answer.all("Set-Cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in line and "SameSite=Lax" in line and "Max-Age=604800" in line and "Path=/labkey" in line
    assert client.cookies[COOKIE] not in str(list(TrustedBrowser.objects.values_list()))


def test_that_a_browser_is_trusted_is_in_the_log(trusting, analyst):
    from keyhouse.audit.models import AuditEvent

    told = AuditEvent.objects.filter(kind="second factor changed").latest("sequence")
    assert told.comment == f"{analyst.email} trusts a browser from now on."
    assert (told.user_id, told.details["factor"], told.details["signIn"]["assurance"]) == (
        analyst.id,
        "trusted browser",
        2,
    )


def test_such_a_sign_in_is_one_factor_and_never_fresh(site, front, trusting, analyst):
    from keyhouse.sessions.models import BrowserSession

    browser = again(front, trusting[1])
    sign_in(browser, analyst.email)
    row = BrowserSession.objects.filter(user=analyst).latest("id")
    assert (row.assurance, row.methods) == (1, "pwd")
    refused = browser.get("/login-setUpTotp.view")
    assert "login-reauthenticate.view" in refused.header("Location")


def test_such_a_sign_in_is_not_fresh_afterwards_either(site, front, trusting, analyst):
    browser = again(front, trusting[1])
    sign_in(browser, analyst.email)
    set_site(site, freshSignInSeconds=86400)
    assert "login-reauthenticate.view" in browser.get("/login-setUpTotp.view").header("Location")


def test_another_person_is_not_trusted_with_it(site, front, trusting, admin):
    _app, _ = with_app(site, front, admin)
    browser = again(front, trusting[1])
    assert "user" not in sign_in(browser, admin.email).json


def test_a_new_password_and_any_change_of_factors_end_it(site, front, trusting, analyst):
    _app, client = trusting
    set_up_app(site, client)
    assert "user" not in sign_in(again(front, client), analyst.email).json


def test_fewer_days_hold_for_those_that_were_trusted_before(site, front, trusting, analyst):
    from keyhouse.signin.models import TrustedBrowser

    TrustedBrowser.objects.update(created_at=site.clock() - timedelta(days=3))
    assert "user" in sign_in(again(front, trusting[1]), analyst.email).json
    set_site(site, trustedBrowserDays=2)
    assert "user" not in sign_in(again(front, trusting[1]), analyst.email).json
    set_site(site, trustedBrowserDays=0)
    assert "user" not in sign_in(again(front, trusting[1]), analyst.email).json


def test_its_owner_sees_it_and_trusts_it_no_more(site, front, trusting, analyst):
    from keyhouse.signin.models import TrustedBrowser

    _, client = trusting
    assert "Trust no more" in client.get("/login-secondFactors.view").text
    form = {"do": "forget", "browser": str(TrustedBrowser.objects.get().id)}
    assert client.post("/login-secondFactors.view", form=form).status == 303
    assert "user" not in sign_in(again(front, client), analyst.email).json


def test_nobody_ends_the_trust_of_another(site, front, trusting, admin):
    from keyhouse.signin.models import TrustedBrowser

    other = Client(front)
    sign_in(other, admin.email)
    other.post("/login-secondFactors.view", form={"do": "forget", "browser": str(TrustedBrowser.objects.get().id)})
    assert TrustedBrowser.objects.count() == 1


def test_who_must_set_a_factor_up_is_not_let_in_by_trust(site, front, trusting, analyst):
    _, client = trusting
    set_site(site, secondFactorFor="everyone")
    kept = client.cookies[COOKIE]
    from tests.site import OPERATOR

    site.second_factors.reset(analyst, OPERATOR)
    browser = Client(front, cookies={COOKIE: kept})
    assert "user" not in sign_in(browser, analyst.email).json
    assert who(browser) == "guest"
    forget_used_codes()
