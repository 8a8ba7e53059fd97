"""Duo as a second factor: Duo's own client against an endpoint that speaks Duo's published protocol."""

import pytest
from tests.providers.duo_visits import ANALYST, come_back, configured, led_to, prompt_for, who, with_password
from tests.site import PASSWORD, set_site


@pytest.fixture
def way(site, admin, analyst, duo):
    """Duo is configured, and everybody needs a second factor."""
    set_site(site, secondFactorFor="everyone")
    return configured(site, duo)


def session():
    from keyhouse.sessions.models import BrowserSession

    return BrowserSession.objects.filter(user__email=ANALYST).get()


def last_sign_in():
    from keyhouse.audit import Kind
    from keyhouse.audit.models import AuditEvent

    return AuditEvent.objects.filter(kind=Kind.SIGN_IN).order_by("sequence").last()


def test_password_and_an_approval_sign_in(client, way, duo):
    assert come_back(client, duo.approve(prompt_for(client, way))).status == 303
    assert who(client) == ANALYST


def test_person_without_a_factor_of_their_own_is_offered_duo_and_not_an_enrolment(client, way):
    with_password(client)
    page = client.get("/login-secondFactor.view")
    assert "Go on with Duo" in page.text
    assert client.get("/login-setUpTotp.view").status in {302, 401, 403}


def test_session_and_log_record_both_factors(client, way, duo):
    come_back(client, duo.approve(prompt_for(client, way)))
    assert (session().methods, session().assurance) == ("pwd mfa swk", 2)
    assert last_sign_in().details["signIn"]["methods"] == ["pwd", "mfa", "swk"]


@pytest.mark.parametrize(
    ("context", "methods", "level"),
    [
        ({"factor": "passcode"}, "pwd mfa otp", 2),
        ({"factor": "phone_call"}, "pwd mfa tel", 2),
        ({"factor": "WebAuthn Security Key"}, "pwd mfa hwk", 3),
        ({"factor": "something new"}, "pwd mfa", 2),
        ({"factor": "not_available", "reason": "bypass_user"}, "pwd", 1),
        ({"factor": "not_available", "reason": "allow_unenrolled_user"}, "pwd", 1),
        ({"factor": None, "reason": "trusted_network"}, "pwd", 1),
    ],
)
def test_level_is_of_what_the_person_showed_and_one_factor_where_duo_let_them_by(
    client, way, duo, context, methods, level
):
    duo.auth = {"context": context}
    come_back(client, duo.approve(prompt_for(client, way)))
    assert (session().methods, session().assurance) == (methods, level)


def test_prompt_asks_for_the_address_and_leads_back_to_an_address_without_a_query(client, way, duo):
    prompt = duo.prompt_of(prompt_for(client, way))
    assert (prompt.name, prompt.redirect_uri) == (ANALYST, "http://127.0.0.1:8080/labkey/duo-validate.view")


def test_prompt_asks_for_the_local_part_where_that_is_the_name_at_duo(client, site, way, duo):
    way.settings = duo.settings(user_name="local", domain="example.org")
    way.save()
    prompt = prompt_for(client, way)
    assert duo.prompt_of(prompt).name == "analyst"
    assert come_back(client, duo.approve(prompt)).status == 303
    assert who(client) == ANALYST


def test_only_addresses_of_the_domain_lose_their_ending(site, way, duo):
    from keyhouse.signin.duo.settings import name_at_duo

    way.settings = duo.settings(user_name="local", domain="example.org")
    provider = site.providers.value_of(way)
    assert name_at_duo(provider, "ana@example.org") == "ana"
    assert name_at_duo(provider, "ana@example.com") == "ana@example.com"


def test_duo_stands_in_for_an_own_factor_only_where_the_configuration_says_so(client, site, way, duo, analyst):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=analyst, type=Authenticator.Type.TOTP, data={"secret": "x"})
    with_password(client)
    assert "Go on with Duo" not in client.get("/login-secondFactor.view").text
    assert led_to(client, way).status in {403, 503}
    way.settings = duo.settings(stands_in=True)
    way.save()
    assert come_back(client, duo.approve(prompt_for(client, way))).status == 303
    assert who(client) == ANALYST


def test_switched_off_configuration_asks_nobody(client, way):
    way.is_enabled = False
    way.save()
    with_password(client)
    assert led_to(client, way).status == 404


def test_duo_that_is_down_lets_nobody_pass_and_says_so(client, way, duo):
    duo.is_down = True
    with_password(client)
    answer = led_to(client, way)
    assert answer.status == 503
    assert "Duo cannot be reached at present" in answer.text
    assert who(client) == "guest"


def test_password_over_basic_is_refused_and_the_text_names_api_keys(client, way):
    from base64 import b64encode

    pair = b64encode(f"{ANALYST}:{PASSWORD}".encode()).decode()
    answer = client.get("/query-getSchemas.api", {"Authorization": f"Basic {pair}"})
    assert answer.status == 401
    assert "Consider using an API key" in answer.text


def findings(site, row):
    from keyhouse.signin.duo.method import method

    return list(method.test(site.providers.value_of(row)))


def test_test_of_a_good_configuration_finds_it_well(site, way):
    found = findings(site, way)
    assert all(each.is_ok for each in found)
    assert "accepts the client ID and secret" in found[0].text


def test_test_says_that_a_secret_is_wrong(site, way):
    way.sealed = site.providers.seal({"client_secret": "x" * 40})
    (found, *_) = findings(site, way)
    assert not found.is_ok
    assert "refused the application" in found.text
    assert "Signature verification failed" in found.text


def test_test_says_that_duo_cannot_be_reached(site, way, duo):
    way.settings = duo.settings(api_host="localhost:9")
    (found, *_) = findings(site, way)
    assert "cannot be reached: the connection failed" in found.text


def test_test_says_that_the_certificate_is_not_trusted(site, way, duo):
    """Without authorities of our own, the library trusts those of Duo alone."""
    way.settings = duo.settings(authorities="")
    (found, *_) = findings(site, way)
    assert "certificate of the server is not trusted" in found.text


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"client_id": "short"}, "client_id"),
        ({"api_host": "https://api-1.duosecurity.com"}, "api_host"),
        ({"api_host": ""}, "api_host"),
        ({"user_name": "local"}, "domain"),
        ({"authorities": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"}, "authorities"),
    ],
)
def test_setting_that_cannot_work_is_refused(changes, name, duo):
    from keyhouse.signin.duo.method import method

    assert list(method.problems(duo.settings(), {"client_secret": "x" * 40})) == []
    assert [each[0] for each in method.problems(duo.settings(**changes), {})] == [name]


def test_secret_of_another_length_is_refused(duo):
    from keyhouse.signin.duo.method import method

    assert [each[0] for each in method.problems(duo.settings(), {"client_secret": "x"})] == ["client_secret"]


def test_fresh_sign_in_asks_for_the_password_and_for_duo(client, site, way, duo):
    """Before a key is made, of a session that was left alone: a password alone proves half."""
    from datetime import timedelta

    from keyhouse.sessions.models import BrowserSession

    come_back(client, duo.approve(prompt_for(client, way)))
    set_site(site, allowApiKeys=True)
    old = site.clock() - timedelta(hours=2)
    BrowserSession.objects.filter(pk=session().pk).update(proved_at=old, signed_in_at=old)
    refused = client.post("/security-createApiKey.api", form={"type": "apikey"})
    assert (refused.status, refused.json["reason"]) == (403, "fresh_sign_in_required")
    back = "/labkey/security-externalToolsView.view"
    client.post("/login-reauthenticate.view", form={"password": PASSWORD, "returnUrl": back})
    assert client.post("/security-createApiKey.api", form={"type": "apikey"}).status == 403
    led = client.get("/login-secondFactorPrompt.view", configuration=way.id, returnUrl=back)
    answer = come_back(client, duo.approve(str(led.header("Location"))))
    assert (answer.status, answer.header("Location")) == (303, back)
    assert client.post("/security-createApiKey.api", form={"type": "apikey"}).status == 200
