"""CAS, against a real server (django-cas-server)."""

import pytest
from tests.providers.cas_server import Person
from tests.providers.cas_visits import (
    at,
    back_with,
    begin,
    come_back,
    configured,
    service_in,
    sign_in,
    tell_logout,
    ticket_in,
    who,
)
from tests.site import Client, issue, set_site

from keyhouse.signin.fetching import Fetched

ANALYST = "analyst@example.org"


@pytest.fixture
def cas(site, admin, analyst, cas_server):
    return at(cas_server)


def session():
    from keyhouse.sessions.models import BrowserSession

    return BrowserSession.objects.filter(user__email=ANALYST).get()


def test_person_of_the_server_is_signed_in_and_goes_where_they_were_going(client, cas):
    answer = sign_in(client, cas, "ana", returnUrl="/labkey/home/project-begin.view")
    assert (answer.status, answer.header("Location")) == (303, "/labkey/home/project-begin.view")
    assert who(client) == ANALYST


def test_session_records_the_server_and_one_factor(client, cas):
    sign_in(client, cas, "ana")
    row = session()
    assert (row.provider, row.configuration_id, row.methods, row.assurance) == ("Campus CAS", cas.id, "", 1)


@pytest.mark.parametrize(("name", "methods", "level"), [("bob", "mfa", 2), ("eve", "mfa hwk", 3)])
def test_attribute_that_tells_of_a_second_factor_raises_the_level(
    client, site, cas_server, admin, name, methods, level
):
    values = {"two_factor_values": "mfa-duo\nmfa-gauth", "phishing_resistant_values": ["mfa-webauthn"]}
    sign_in(client, at(cas_server, settings=values, creates_accounts=True), name)
    from keyhouse.sessions.models import BrowserSession

    row = BrowserSession.objects.get(user__email=f"{name}@example.org")
    assert (row.methods, row.assurance) == (methods, level)


def test_account_is_made_with_name_and_address_where_the_configuration_says_so(client, cas_server, admin):
    from keyhouse.accounts.users import find

    answer = sign_in(client, at(cas_server, creates_accounts=True), "eve")
    assert answer.status == 303
    assert find("eve@example.org").display_name == "<b>Eve & Co.</b>"
    assert not find("eve@example.org").has_usable_password()


def test_account_is_not_made_by_default(client, cas):
    answer = sign_in(client, cas, "bob")
    assert answer.status == 403
    assert "not configured to create new accounts" in answer.text
    assert who(client) == "guest"


def test_person_without_an_address_is_told_what_is_missing(client, cas):
    answer = sign_in(client, cas, "nomail")
    assert answer.status == 403
    assert "did not say your e-mail address" in answer.text


def test_address_is_made_of_user_name_and_domain_where_that_is_configured(client, cas_server, admin, site):
    values = {"email_domain": "example.org", "email_attribute": ""}
    sign_in(client, at(cas_server, settings=values, creates_accounts=True), "nomail")
    assert who(client) == "nomail@example.org"


def test_person_is_known_by_the_name_that_never_changes(client, cas_server, analyst):
    from keyhouse.signin.models import ExternalIdentity

    sign_in(client, at(cas_server, settings={"subject_attribute": "employeeNumber"}), "ana")
    assert ExternalIdentity.objects.get().subject == "4711"


def test_protocol_2_signs_in_by_user_name(client, cas_server, analyst, site):
    values = {"version": "2", "email_domain": "example.org"}
    sign_in(client, at(cas_server, settings=values, creates_accounts=True), "ana")
    assert who(client) == "ana@example.org"


def test_fresh_sign_in_has_the_server_ask_again(client, site, cas):
    """With renew=true on both ways: without it a server passes on whoever is signed in there."""
    from datetime import UTC, datetime

    from keyhouse.signin.cas.method import method
    from keyhouse.signin.method import Flow, Purpose, SignInFailed

    provider, person = site.providers.value_of(cas), Person("ana")
    signing_in = Flow(cas.id, "s" * 43, "", "", Purpose.SIGN_IN, "/", datetime.now(UTC))
    fresh = Flow(cas.id, "s" * 43, "", "", Purpose.FRESH, "/", datetime.now(UTC))
    person.sign_in(method.begin(provider, signing_in).url)
    stale = ticket_in(person.sign_in(method.begin(provider, signing_in).url))
    with pytest.raises(SignInFailed, match="Start again"):
        method.identity_of(provider, fresh, stale)
    address = person.sign_in(method.begin(provider, fresh).url)
    assert "renew=true" in method.begin(provider, fresh).url
    identity = method.identity_of(provider, fresh, ticket_in(address))
    assert (identity.subject, identity.signed_in_at is None) == ("ana", False)


def test_single_logout_ends_the_session_and_its_keys_and_leaves_api_keys(client, front, site, cas, analyst):
    set_site(site, allowSessionKeys=True)
    address = Person("ana").sign_in(begin(client, cas))
    come_back(client, address)
    session_key = client.post("/security-createApiKey.api", form={"type": "session"}).json["apikey"]
    api_key, bare = issue(site, analyst), Client(front, keeps_cookies=False)
    assert tell_logout(bare, cas, ticket_in(address)).status == 204
    assert who(client) == "guest"
    refused = bare.get("/login-whoAmI.api", {"apikey": session_key})
    assert (refused.status, refused.json["reason"]) == (401, "session_ended")
    assert bare.get("/login-whoAmI.api", {"apikey": api_key}).json["email"] == ANALYST


def test_signing_out_here_leads_on_to_the_sign_out_of_the_server(client, site, cas, cas_server):
    sign_in(client, cas, "ana")
    client.post("/login-logout.view", {"Accept": "text/html"}, form={})
    page = client.get("/login-signedOut.view").text
    assert f"{cas_server.url}/logout?service=http%3A%2F%2F127.0.0.1%3A8080%2Flabkey%2Flogin-signedOut.view" in page


def test_sign_out_stays_here_where_the_configuration_says_so(site, cas_server, admin):
    from keyhouse.signin.cas.method import method

    provider = site.providers.value_of(at(cas_server, settings={"signs_out_there": False}))
    assert method.sign_out_url(provider, {}, "http://127.0.0.1:8080/labkey/") is None


def test_server_that_is_down_is_named_and_the_password_form_stays(client, admin):
    broken = configured("http://127.0.0.1:9/cas")
    answer = back_with(client, service_in(begin(client, broken)), "ST-1-abc")
    assert answer.status == 503
    assert "Campus CAS cannot be reached at present" in answer.text
    assert 'name="password"' in answer.text


def findings(site, configuration):
    from keyhouse.signin.cas.method import method

    return list(method.test(site.providers.value_of(configuration)))


def test_test_of_a_good_configuration_finds_it_well_and_says_what_to_register(site, cas):
    found = findings(site, cas)
    assert [each.is_ok for each in found] == [True] * 4
    texts = " ".join(each.text for each in found)
    assert "INVALID_TICKET" in texts
    assert r"^http://127\.0\.0\.1:8080/labkey/cas-validate\.view\?.*" in texts


def test_test_of_a_server_that_is_not_there_says_so(site, admin):
    (found,) = findings(site, configured("http://127.0.0.1:9/cas"))
    assert not found.is_ok
    assert "the connection was refused" in found.text


def test_test_of_a_wrong_path_says_so(site, cas_server, admin):
    found = findings(site, configured(cas_server.url + "/nowhere"))
    assert [each.is_ok for each in found[:2]] == [False, False]
    assert "status 404" in found[0].text


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"server_url": "http://cas.example.org/cas"}, "server_url"),
        ({"server_url": "https://cas.example.org/cas/login"}, "server_url"),
        ({"server_url": ""}, "server_url"),
        ({"version": "1"}, "version"),
        ({"email_domain": "@example.org"}, "email_domain"),
        ({"email_attribute": ""}, "email_attribute"),
        ({"authorities": "no certificate"}, "authorities"),
    ],
)
def test_setting_that_cannot_work_is_refused(changes, name):
    from keyhouse.signin.cas.method import method

    well = {"server_url": "https://cas.example.org/cas", "version": "3", "email_attribute": "mail"}
    assert list(method.problems(well, {})) == []
    assert [problem[0] for problem in method.problems({**well, **changes}, {})] == [name]


def test_user_names_that_differ_in_case_are_one_person_where_the_directory_says_so(site, monkeypatch, admin):
    from datetime import UTC, datetime

    from keyhouse.signin.cas import settings as cas_settings
    from keyhouse.signin.cas.method import method
    from keyhouse.signin.method import Flow, Purpose

    body = b"""<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess>
      <cas:user>Ana</cas:user></cas:authenticationSuccess></cas:serviceResponse>"""
    monkeypatch.setattr(cas_settings, "fetch", lambda url, **_: Fetched(200, url, {}, body))
    flow = Flow(1, "s" * 43, "", "", Purpose.SIGN_IN, "/", datetime.now(UTC))
    providers = [
        site.providers.value_of(configured("https://a", f"C{says}", {"ignores_case": says})) for says in (0, 1)
    ]
    assert [method.identity_of(each, flow, "ST-1").subject for each in providers] == ["Ana", "ana"]
