"""One-time codes: any app of RFC 6238 fits, each code is used once, and setting one up changes what a password does."""

import base64

import pytest
from tests.second_factors import SET_UP, app_on, begin, forget_used_codes, set_up_app, show, who, with_app
from tests.site import PASSWORD, Client, issue, set_site, sign_in

from keyhouse.core.reasons import PASSWORD_TEXT, SECOND_FACTOR_TEXT


def basic(email, password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()}


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_codes_of_another_implementation_are_accepted_one_step_each_way(site, front, analyst, ahead):
    app, _ = with_app(site, front, analyst)
    forget_used_codes()
    client = begin(front, analyst)
    assert show(client, app.code(site.clock(), ahead)).status == 303
    assert who(client) == analyst.email


@pytest.mark.parametrize("ahead", [-4, 4])
def test_codes_of_other_times_are_refused(site, front, analyst, ahead):
    app, _ = with_app(site, front, analyst)
    client = begin(front, analyst)
    assert show(client, app.code(site.clock(), ahead)).status == 403
    assert who(client) == "guest"


@pytest.mark.parametrize("spell", ["{0}{1}{2} {3}{4}{5}", " {0}{1}{2}-{3}{4}{5} "])
def test_a_code_may_be_typed_in_groups(site, front, analyst, spell):
    app, _ = with_app(site, front, analyst)
    assert show(begin(front, analyst), spell.format(*app.code(site.clock()))).status == 303


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "1" * 5000])
def test_what_is_no_code_is_refused(site, front, analyst, code):
    with_app(site, front, analyst)
    assert show(begin(front, analyst), code).status == 403


def test_the_secret_is_sealed_at_rest_also_before_it_is_confirmed(site, front, client, analyst):
    from keyhouse.sessions.models import BrowserSession
    from keyhouse.signin.models import Authenticator

    sign_in(client, analyst.email)
    app = app_on(client.get(SET_UP))
    assert app.secret not in str(list(BrowserSession.objects.values_list("data", flat=True)))
    assert app_on(client.get(SET_UP)) == app
    assert client.post(SET_UP, form={"code": app.code(site.clock())}).status == 303
    assert app.secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_a_wrong_code_sets_nothing_up(site, client, analyst):
    sign_in(client, analyst.email)
    app_on(client.get(SET_UP))
    answer = client.post(SET_UP, form={"code": "000000"})
    assert answer.status == 400 and "not the code" in answer.text
    assert not site.factors.has_factor(analyst.id)


def test_the_qr_code_is_drawn_inside_the_page_and_breaks_no_policy(client, analyst):
    sign_in(client, analyst.email)
    page = client.get(SET_UP)
    assert '<svg class="qr"' in page.text and "style=" not in page.text and "otpauth://totp/" in page.text
    assert page.header("Cache-Control") == "no-store"


def test_setting_one_up_ends_all_other_sessions_with_their_keys_and_leaves_api_keys(site, front, analyst):
    set_site(site, allowSessionKeys=True)
    key, other = issue(site, analyst), Client(front)
    sign_in(other, analyst.email)
    session_key = other.post("/security-createApiKey.api", json={"type": "session"}).json["apikey"]
    by_password = Client(front)
    assert by_password.get("/login-whoAmI.api", basic(analyst.email)).json["email"] == analyst.email
    opened = dict(by_password.cookies)
    _, own = with_app(site, front, analyst)
    assert (who(own), who(other)) == (analyst.email, "guest")
    refused = Client(front, keeps_cookies=False).get("/login-whoAmI.api", {"apikey": session_key})
    assert (refused.status, refused.json["reason"]) == (401, "session_ended")
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).json["email"] == analyst.email
    # So does a session that the password alone had opened.
    assert who(Client(front, cookies=opened)) == "guest"


def test_a_password_over_basic_is_refused_with_the_text_that_says_what_to_do(site, front, analyst):
    with_app(site, front, analyst)
    script = Client(front, keeps_cookies=False)
    right = script.get("/login-whoAmI.api", basic(analyst.email))
    assert (right.status, right.json["exception"]) == (401, SECOND_FACTOR_TEXT)
    wrong = script.get("/login-whoAmI.api", basic(analyst.email, "not the password"))
    unknown = script.get("/login-whoAmI.api", basic("nobody@example.org", "not the password"))
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body)
    assert wrong.json["exception"] == PASSWORD_TEXT


def test_what_was_shown_is_recorded_with_the_session(site, front, analyst):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.sessions.models import BrowserSession

    app, _ = with_app(site, front, analyst)
    client = begin(front, analyst)
    show(client, app.code(site.clock()))
    row = BrowserSession.objects.filter(user=analyst).latest("id")
    assert (row.methods, row.assurance) == ("pwd otp", 2)
    changed = AuditEvent.objects.get(kind="second factor changed")
    assert changed.details["factor"] == "totp" and changed.user == analyst.email
    assert AuditEvent.objects.filter(kind="sign-in").latest("sequence").details["signIn"]["methods"] == ["pwd", "otp"]


def test_a_new_app_takes_the_place_of_the_old_one(site, front, analyst):
    old, client = with_app(site, front, analyst)
    new = set_up_app(site, client)
    assert show(begin(front, analyst), old.code(site.clock())).status == 403
    assert show(begin(front, analyst), new.code(site.clock())).status == 303
