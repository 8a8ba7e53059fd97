"""Attack: get past Duo with a password alone, by skipping it, by another's approval, a used code or a forged token."""

import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.providers.duo_endpoint import CLIENT_ID, CLIENT_SECRET
from tests.providers.duo_visits import ANALYST, come_back, configured, led_to, prompt_for, who, with_password
from tests.site import Client, set_site

ADMIN = "admin@example.org"


@pytest.fixture
def way(site, admin, analyst, duo):
    set_site(site, secondFactorFor="everyone")
    return configured(site, duo)


@pytest.fixture
def mallory(front):
    """Another browser, whose user knows the analyst's password."""
    return Client(front)


def events(kind):
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))


def last_failure():
    from keyhouse.audit import Kind

    return events(Kind.SIGN_IN_FAILED)[-1]


def test_password_alone_opens_nothing(client, site, way):
    with_password(client)
    assert who(client) == "guest"
    for page in ("/security-externalToolsView.view", "/login-recoveryCodes.view", "/admin-showAdmin.view"):
        assert client.get(page).status in {302, 401, 403}
    assert client.post("/security-createApiKey.api", form={"type": "apikey"}).status == 401


def test_factor_of_ones_own_cannot_be_enrolled_in_the_place_of_duo(client, way):
    """Or whoever knows a password would scan a code of their own."""
    with_password(client)
    for page in ("/login-setUpTotp.view", "/login-setUpPasskey.view"):
        answer = client.get(page)
        assert answer.status in {302, 401, 403}
        assert "otpauth" not in answer.text


@pytest.mark.parametrize("query", [{}, {"duo_code": "a" * 32}, {"duo_code": "a" * 32, "state": "x.1"}, {"state": ".1"}])
def test_coming_back_without_having_gone_opens_nothing(client, way, duo, query):
    with_password(client)
    assert client.get("/duo-validate.view", **query).status in {403, 404}
    assert who(client) == "guest"
    assert duo.asked == []


def test_approval_is_of_no_use_in_a_browser_that_gave_no_password(client, way, duo, mallory):
    back = duo.approve(prompt_for(client, way))
    come_back(mallory, back)
    assert who(mallory) == "guest"


def test_state_of_another_browsers_sign_in_is_refused(client, way, duo, mallory):
    """Mallory knows the password, waits for Duo, and gets hold of the address of the analyst's own approval."""
    back = duo.approve(prompt_for(client, way))
    prompt_for(mallory, way)
    assert come_back(mallory, back).status == 403
    assert who(mallory) == "guest"


def test_code_of_another_browsers_approval_is_refused_for_its_nonce(client, way, duo, mallory):
    """The code of the analyst's approval under the state of Mallory's own journey."""
    stolen = parse_qs(urlsplit(duo.approve(prompt_for(client, way))).query)["duo_code"][0]
    mine = parse_qs(urlsplit(duo.approve(prompt_for(mallory, way))).query)
    answer = mallory.get("/duo-validate.view", state=mine["state"][0], duo_code=stolen)
    assert answer.status == 403
    assert "nonce" in last_failure().comment
    assert who(mallory) == "guest"


def test_code_is_taken_once(client, way, duo, mallory):
    back = duo.approve(prompt_for(client, way))
    code = parse_qs(urlsplit(back).query)["duo_code"][0]
    come_back(client, back)
    assert come_back(client, back).status in {302, 303}
    state = duo.prompt_of(prompt_for(mallory, way)).state
    duo.asked.clear()
    assert mallory.get("/duo-validate.view", state=state, duo_code=code).status == 403
    assert "used before" in last_failure().comment
    assert duo.asked == []


def test_approval_of_another_person_is_refused(client, site, way, duo):
    """The administrator's password, and the approval of somebody else's prompt in the same browser."""
    back = duo.approve(prompt_for(client, way))
    with_password(client, ADMIN)
    assert come_back(client, back).status == 403
    assert who(client) == "guest"


def test_approval_of_an_earlier_sign_in_of_the_same_person_is_refused(client, way, duo):
    back = duo.approve(prompt_for(client, way))
    with_password(client)
    assert come_back(client, back).status == 403
    assert last_failure().reason == "sign_in_unknown"
    assert who(client) == "guest"


def test_prompt_that_is_older_than_the_password_is_of_another_sign_in(analyst):
    """Also where a browser's session should outlive the sign-in that waited in it."""
    from datetime import UTC, datetime, timedelta

    from keyhouse.console.second_factor import Asked
    from keyhouse.console.sso_duo import _check_is_for
    from keyhouse.core.assurance import Assurance, HowSignedIn
    from keyhouse.signin.method import Flow, Purpose, SignInFailed
    from keyhouse.signin.pending import Pending, Proof

    now = datetime.now(UTC)
    how = HowSignedIn("a password", None, ("pwd",), Assurance.SINGLE, now)
    asked = Asked(analyst, "/", Pending(Proof(analyst, how), False, "/"))
    _check_is_for(Flow(1, "s", "n", "v", Purpose.SECOND_FACTOR, "/", now), asked)
    for at, purpose in ((now - timedelta(minutes=1), Purpose.SECOND_FACTOR), (now, Purpose.SIGN_IN)):
        with pytest.raises(SignInFailed):
            _check_is_for(Flow(1, "s", "n", "v", purpose, "/", at), asked)


def test_token_that_names_another_person_is_refused(client, way, duo):
    duo.bend = lambda claims: {**claims, "preferred_username": ADMIN}
    assert come_back(client, duo.approve(prompt_for(client, way))).status == 403
    assert "username" in last_failure().comment
    assert who(client) == "guest"


def test_denial_opens_nothing_and_may_be_tried_again(client, way, duo):
    answer = come_back(client, duo.deny(prompt_for(client, way)))
    assert answer.status == 403
    assert "Duo did not let you pass" in answer.text
    assert "access_denied" in last_failure().comment
    assert who(client) == "guest"
    assert come_back(client, duo.approve(str(led_to(client, way).header("Location")))).status == 303
    assert who(client) == ANALYST


@pytest.mark.parametrize("result", ["deny", "fraud", "", None, "ALLOW "])
def test_token_that_does_not_say_allow_opens_nothing(client, way, duo, result):
    duo.auth = {"result": {"result": result}}
    assert come_back(client, duo.approve(prompt_for(client, way))).status == 403
    assert who(client) == "guest"


def without(name):
    return lambda claims: {each: value for each, value in claims.items() if each != name}


@pytest.mark.parametrize(
    "bend",
    [
        lambda claims: {**claims, "aud": "DIOTHERAPPLICATION00"},
        lambda claims: {**claims, "iss": "https://evil.example.org/oauth/v1/token"},
        lambda claims: {**claims, "exp": int(time.time()) - 120},
        lambda claims: {**claims, "iat": int(time.time()) + 600},
        lambda claims: {**claims, "nonce": "n" * 43},
        *(without(name) for name in ("exp", "iat", "aud", "iss", "nonce", "preferred_username", "auth_result")),
    ],
)
def test_token_with_a_wrong_or_missing_claim_is_refused(client, way, duo, bend):
    duo.bend = bend
    assert come_back(client, duo.approve(prompt_for(client, way))).status == 403
    assert who(client) == "guest"


@pytest.mark.parametrize(("key", "algorithm"), [("k" * 40, "HS512"), (CLIENT_SECRET, "HS256"), ("", "none")])
def test_token_that_is_not_signed_with_our_secret_is_refused(client, way, duo, key, algorithm):
    duo.signed_with, duo.algorithm = key, algorithm
    assert come_back(client, duo.approve(prompt_for(client, way))).status == 403
    assert who(client) == "guest"


def test_prompt_that_the_browser_asks_for_itself_does_not_replace_ours(client, way, duo):
    """The address of the prompt goes through the browser; it is signed, so that another name cannot be put in."""
    url = prompt_for(client, way)
    request = parse_qs(urlsplit(url).query)["request"][0]
    claims = jwt.decode(request, options={"verify_signature": False})
    forged = jwt.encode({**claims, "duo_uname": "mallory"}, "k" * 40, algorithm="HS512")
    with pytest.raises(jwt.InvalidSignatureError):
        duo.prompt_of(url.replace(request, forged))


def test_secret_never_leaves(client, way, duo):
    url = prompt_for(client, way)
    assert CLIENT_SECRET not in url
    assert CLIENT_ID in url
    assert CLIENT_SECRET not in "".join(duo.asked)


@pytest.mark.parametrize("failure", ["down", "status"])
def test_closed_failmode_lets_nobody_pass_while_duo_is_down(client, way, duo, failure):
    duo.is_down, duo.status = failure == "down", 503 if failure == "status" else 200
    with_password(client)
    assert led_to(client, way).status == 503
    assert who(client) == "guest"


def test_duo_that_goes_down_in_between_lets_nobody_pass_even_where_the_failmode_is_open(client, way, duo):
    """Only Duo's own absence before the prompt counts; else who blocks our way to Duo for a second would pass."""
    way.settings = duo.settings(failmode="open")
    way.save()
    back = duo.approve(prompt_for(client, way))
    duo.is_down = True
    assert come_back(client, back).status == 503
    assert who(client) == "guest"


def open_and_down(way, duo):
    way.settings = duo.settings(failmode="open")
    way.save()
    duo.is_down = True


def test_open_failmode_lets_people_pass_with_one_factor_and_writes_it_down(client, way, duo):
    from keyhouse.audit import Kind

    open_and_down(way, duo)
    assert come_back(client, prompt_for(client, way)).status == 303
    assert who(client) == ANALYST
    (event,) = events(Kind.FACTOR_CHANGED)
    assert (event.outcome, event.reason) == ("failed", "provider_down")
    assert f"{ANALYST} was let pass without Duo" in event.comment
    assert event.details["bypass"] == "failmode"
    assert events(Kind.SIGN_IN)[-1].details["signIn"]["assurance"] == 1


def test_open_failmode_is_no_way_around_a_factor_of_ones_own(client, way, duo, analyst):
    from allauth.mfa.models import Authenticator

    open_and_down(way, duo)
    way.settings = {**way.settings, "stands_in": True}
    way.save()
    back = prompt_for(client, way)
    Authenticator.objects.create(user=analyst, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert come_back(client, back).status in {403, 503}
    assert who(client) == "guest"


def test_open_failmode_that_was_closed_meanwhile_lets_nobody_pass(client, way, duo):
    open_and_down(way, duo)
    back = prompt_for(client, way)
    way.settings = duo.settings()
    way.save()
    assert come_back(client, back).status == 403
    assert who(client) == "guest"


def test_browser_cannot_claim_that_duo_is_down(client, way, duo):
    way.settings = duo.settings(failmode="open")
    way.save()
    state = duo.prompt_of(prompt_for(client, way)).state
    assert client.get("/duo-validate.view", state=state, down="1", error="server_error").status == 403
    assert who(client) == "guest"


def test_wrong_secret_is_no_reason_to_let_people_pass(client, site, way, duo):
    """An open failmode is for a Duo that is not there; one that refuses us is a fault of the configuration."""
    way.settings = duo.settings(failmode="open")
    way.sealed = site.providers.seal({"client_secret": "k" * 40})
    way.save()
    with_password(client)
    assert led_to(client, way).status == 503
    assert who(client) == "guest"


def test_answer_that_never_ends_is_given_up(client, way, duo, monkeypatch):
    from keyhouse.signin.duo import client as duo_client

    monkeypatch.setattr(duo_client, "MOST_BYTES", 10)
    with_password(client)
    assert led_to(client, way).status == 503


def test_neither_code_nor_state_nor_proof_is_in_the_audit_log(client, way, duo):
    from keyhouse.audit.models import AuditEvent

    back = duo.approve(prompt_for(client, way))
    query = parse_qs(urlsplit(back).query)
    duo.status = 500
    assert come_back(client, back).status == 503
    written = " ".join(str(row) for row in AuditEvent.objects.values_list())
    assert "status 500" in written
    assert query["duo_code"][0] not in written
    assert "client_assertion" not in written


def test_deactivated_meanwhile_is_not_signed_in(client, site, way, duo, analyst):
    from tests.site import OPERATOR

    back = duo.approve(prompt_for(client, way))
    site.users.deactivate(analyst, OPERATOR)
    come_back(client, back)
    assert who(client) == "guest"
