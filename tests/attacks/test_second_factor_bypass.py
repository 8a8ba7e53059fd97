"""Attack: somebody who has the password, and nothing else, goes round the second factor."""

import base64
from datetime import timedelta

import pytest

from tests.second_factors import SET_UP, app_on, begin, show, who, with_app
from tests.site import OPERATOR, PASSWORD, Client, set_site, sign_in

PAGES = (
    "/security-externalToolsView.view",
    "/user-mySessions.view",
    "/login-secondFactors.view",
    "/login-changePassword.view",
    "/login-recoveryCodes.view",
    SET_UP,
    "/login-setUpPasskey.view",
)


@pytest.fixture
def app(site, front, analyst):
    """The analyst's app."""
    return with_app(site, front, analyst)[0]


@pytest.fixture
def thief(front, analyst, app):
    """A browser in which the analyst's password was right, and no code was shown."""
    return begin(front, analyst)


@pytest.mark.parametrize("path", PAGES)
def test_leaving_the_page_out_leads_nowhere(thief, path):
    answer = thief.get(path)
    assert answer.status in {302, 303} and "login-login.view" in answer.header("Location")


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "/security-createApiKey.api"),
        ("GET", "/query-getSchemas.api"),
        ("GET", "/security-getUsers.api"),
        ("GET", "/_webdav/home/@files/"),
        ("POST", "/login-setUpTotp.view"),
        ("POST", "/login-passkeyOptions.api"),
    ],
)
def test_until_then_one_is_guest_everywhere(site, thief, method, path):
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    guest = Client(thief.front)
    guest.get("/login-whoAmI.api")
    form = {"type": "session", "for": "add", "code": "000000"}
    as_thief, as_guest = thief.request(method, path, form=form), guest.request(method, path, form=form)
    assert (as_thief.status, as_thief.body) == (as_guest.status, as_guest.body)
    assert who(thief) == "guest"


def test_the_program_that_signs_in_learns_nothing_of_the_user(thief, analyst):
    answer = sign_in(Client(thief.front), analyst.email)
    assert set(answer.json) == {"success", "returnUrl"}


def test_a_password_over_basic_is_no_way_round(front, app, analyst):
    header = {"Authorization": "Basic " + base64.b64encode(f"{analyst.email}:{PASSWORD}".encode()).decode()}
    client = Client(front)
    assert client.get("/home/query-getSchemas.api", header).status == 401
    assert who(client) == "guest"


def test_enrolling_is_closed_to_who_has_a_factor(site, front, thief, analyst):
    from keyhouse.signin.models import Authenticator

    set_site(site, secondFactorFor="everyone")
    before = list(Authenticator.objects.values_list("data", flat=True))
    client = begin(front, analyst)
    for path in (SET_UP, "/login-setUpPasskey.view"):
        assert "login-login.view" in client.get(path).header("Location")
        assert client.post(path, form={"code": "000000"}).status == 401
    assert list(Authenticator.objects.values_list("data", flat=True)) == before


def test_an_enrolment_that_was_begun_before_the_owner_set_a_factor_up_is_closed(site, front, analyst):
    set_site(site, secondFactorFor="everyone")
    thief = begin(front, analyst)
    own_app = app_on(thief.get(SET_UP))
    owner = begin(front, analyst)
    app = app_on(owner.get(SET_UP))
    assert owner.post(SET_UP, form={"code": app.code(site.clock())}).status == 303
    assert thief.post(SET_UP, form={"code": own_app.code(site.clock())}).status == 401
    assert (who(thief), who(owner)) == ("guest", analyst.email)
    assert len(site.second_factors.of(analyst.id)) == 1


def test_two_who_enrol_at_once_do_not_both_get_in(site, front, analyst):
    from tests.attacks.at_once import at_once

    set_site(site, secondFactorFor="everyone")
    both = [begin(front, analyst) for _ in range(2)]
    apps = [app_on(each.get(SET_UP)) for each in both]
    codes = [app.code(site.clock()) for app in apps]
    at_once(lambda each: each[0].post(SET_UP, form={"code": each[1]}).status, list(zip(both, codes, strict=True)))
    assert sorted(map(who, both)) == [analyst.email, "guest"]
    assert len(site.second_factors.of(analyst.id)) == 1


def test_a_sign_in_that_waited_too_long_is_over(site, thief, app):
    from keyhouse.sessions.models import BrowserSession

    for row in BrowserSession.objects.filter(user=None):
        if waiting := row.data.get("_keyhouse_pending"):
            waiting["at"] = (site.clock() - timedelta(minutes=11)).isoformat()
            row.save()
    assert "login-login.view" in show(thief, app.code(site.clock())).header("Location")
    assert who(thief) == "guest"


def test_a_new_password_ends_what_waits(site, thief, app, analyst):
    site.users.set_password(analyst, "another horse battery", OPERATOR)
    show(thief, app.code(site.clock()))
    assert who(thief) == "guest"


def test_a_deactivation_ends_what_waits(site, thief, app, analyst):
    site.users.deactivate(analyst, OPERATOR)
    show(thief, app.code(site.clock()))
    assert who(thief) == "guest"


def test_a_reset_of_the_factors_ends_what_waits(site, thief, app, analyst):
    site.second_factors.reset(analyst, OPERATOR)
    assert "login-login.view" in thief.get("/login-secondFactor.view").header("Location")


def test_my_own_code_is_no_code_for_another_account(site, front, thief, admin):
    mine, _ = with_app(site, front, admin)
    assert show(thief, mine.code(site.clock())).status == 403
    assert who(thief) == "guest"


def test_the_newest_password_decides_whose_code_is_asked_for(site, front, thief, admin, analyst):
    mine, _ = with_app(site, front, admin)
    sign_in(thief, admin.email)
    show(thief, mine.code(site.clock()))
    assert who(thief) == admin.email


def test_a_planted_cookie_does_not_stand_behind_the_first_factor(site, front, app, analyst):
    # The attacker gets a cookie of a guest's session from us, and plants it in the victim's browser.
    attacker = Client(front)
    attacker.get("/login-whoAmI.api")
    with_session(attacker)
    victim = Client(front, cookies=dict(attacker.cookies))
    sign_in(victim, analyst.email)
    assert victim.cookies["JSESSIONID"] != attacker.cookies["JSESSIONID"]
    assert "login-login.view" in attacker.get("/login-secondFactor.view").header("Location")
    # Nor behind the second one.
    between = Client(front, cookies=dict(victim.cookies))
    assert show(victim, app.code(site.clock())).status == 303
    assert (who(victim), who(between), who(attacker)) == (analyst.email, "guest", "guest")


def with_session(client):
    """Give a guest's browser a session of ours, as anybody can get one."""
    from tests.authenticator import at_localhost, options_for

    at_localhost(client.front._site)
    assert options_for(client, "sign-in").status == 200
    assert "JSESSIONID" in client.cookies


def test_signing_in_as_somebody_who_waits_ends_the_session_before(front, analyst, admin, app):
    client = Client(front)
    sign_in(client, admin.email)
    sign_in(client, analyst.email)
    assert who(client) == "guest"


@pytest.mark.parametrize("way", ["", "prompt", "bypass", "TOTP", "totp\0"])
def test_a_way_that_there_is_not_opens_nothing(thief, way):
    answer = thief.post("/login-secondFactor.view", form={"way": way, "code": "", "trust": "1"})
    assert answer.status in {400, 403}
    assert who(thief) == "guest"


def test_where_to_go_on_is_on_this_site(front, analyst, app, site):
    client = Client(front)
    client.get("/login-whoAmI.api")
    form = {"email": analyst.email, "password": PASSWORD, "returnUrl": "https://evil.example/"}
    client.post("/login-loginApi.api", form=form)
    answer = client.post(
        "/login-secondFactor.view",
        form={"way": "totp", "code": app.code(site.clock()), "returnUrl": "https://evil.example/"},
    )
    assert answer.header("Location") == "/labkey/home/project-begin.view"


def test_factors_are_not_changed_while_impersonating(site, front, client, admin, analyst):
    with_app(site, front, analyst)
    sign_in(client, admin.email)
    assert client.post("/user-impersonateUser.api", form={"userId": analyst.id}).status == 200
    for path in ("/login-secondFactors.view", SET_UP, "/login-recoveryCodes.view"):
        assert client.get(path).status == 403, path
    assert (
        client.post("/login-secondFactors.view", form={"do": "remove", "factor": "1", "confirmed": "1"}).status == 403
    )
    assert site.factors.has_factor(analyst.id)


def test_a_form_of_a_foreign_page_changes_no_factor(site, front, analyst):
    _, own = with_app(site, front, analyst)
    form = {"do": "renew-codes", "confirmed": "1"}
    assert own.post("/login-secondFactors.view", form=form, csrf=False).status in {401, 403}
    assert own.post("/login-secondFactors.view", {"Origin": "https://evil.example"}, form=form).status in {401, 403}


def test_a_key_changes_no_factor(site, front, analyst):
    from tests.site import issue

    key = {"apikey": issue(site, analyst)}
    script = Client(front, keeps_cookies=False)
    assert script.get(SET_UP, key).status == 403
    assert script.post("/login-setUpTotp.view", key, form={"code": "000000"}).status == 403
    assert script.post("/login-passkeyOptions.api", key, form={"for": "add"}).status in {403, 404}


@pytest.mark.parametrize("own_session", [None, "0123456789abcdef"])
def test_no_factor_is_set_up_by_who_was_shut_out_in_that_moment(site, analyst, own_session):
    from keyhouse.accounts.models import User
    from keyhouse.signin.factors.second_factors import FactorError

    as_it_was = User.objects.get(id=analyst.id)
    site.users.set_password(analyst, "seven green herons waiting", OPERATOR)
    secret = site.second_factors.totp.new_secret()
    with pytest.raises(FactorError, match="changed meanwhile"):
        site.second_factors.add_totp(as_it_was, secret, 1, OPERATOR, own_session)
    assert not site.factors.has_factor(analyst.id)


def test_nobody_enters_whose_account_is_deactivated_in_that_moment(site, analyst):
    from django.http import HttpRequest

    from keyhouse.core.reasons import Reason
    from keyhouse.sessions.engine import SessionStore
    from keyhouse.sessions.models import BrowserSession
    from keyhouse.signin.pending import Proof

    request = HttpRequest()
    request.session = SessionStore()
    site.users.deactivate(analyst, OPERATOR)
    assert site.sign_ins.enter(request, Proof(analyst, site.sign_ins.how(("pwd",)))) is Reason.ACCOUNT_DEACTIVATED
    assert not BrowserSession.objects.exists()
