"""The sign-in page with identity providers: their buttons, domains that lead on, and one that is down."""

import pytest

from tests.console.pages import submit, words
from tests.providers.made_up import ANALYST, AT, configured, sign_in_at, stand_in
from tests.site import Client, set_site

PAGE = "/login-login.view"


@pytest.fixture
def provider(monkeypatch, site):
    return stand_in(monkeypatch, site)


def test_buttons_stand_in_their_order_and_keep_where_one_was_going(client, provider):
    configured("Second", position=2), configured("First", position=1)
    configured("Off", is_enabled=False), configured("Directory", kind="ldap"), configured("Duo", kind="duo")
    page = client.get(PAGE, returnUrl="/labkey/home/project-begin.view")
    said = words(page)
    assert said.index("Sign in with First") < said.index("Sign in with Second")
    assert "Off" not in said and "Directory" not in said and "Sign in with Duo" not in said
    assert "&amp;returnUrl=%2Flabkey%2Fhome%2Fproject-begin.view" in page.text
    assert "evil" not in client.get(PAGE, returnUrl="https://evil.example").text
    links = client.get("/login-getLoginMechanismsApi.api", returnUrl="//evil").json["otherLoginMechanismsContent"]
    assert links.index("First") < links.index("Second")
    assert "evil" not in links


def test_a_site_without_providers_has_the_page_it_always_had(client):
    said = words(client.get(PAGE))
    assert "Sign in with" not in said
    assert "institute" not in said
    assert client.get("/login-getLoginMechanismsApi.api").json == {}


@pytest.mark.parametrize("email", ["ada@example.org", " Nobody@EXAMPLE.org ", "analyst@example.org", "ada"])
def test_an_address_without_a_password_leads_to_the_provider_of_its_domain(client, site, provider, analyst, email):
    set_site(site, defaultDomain="example.org")
    row = configured(domains=["example.org"])
    client.get(PAGE)
    led = submit(client, PAGE, email=email, returnUrl="/labkey/home/project-begin.view")
    expected = f"/labkey/login-ssoRedirect.view?configuration={row.id}&returnUrl=%2Flabkey%2Fhome%2Fproject-begin.view"
    assert (led.status, led.header("Location")) == (303, expected)
    assert client.get(led.header("Location").removeprefix("/labkey")).header("Location").startswith(AT)


def test_another_domain_stays_and_is_asked_for_the_password(client, provider, analyst):
    configured(domains=["lab.example.org"])
    client.get(PAGE)
    assert submit(client, PAGE, email=ANALYST).status == 400


def test_a_provider_that_is_down_is_named_and_the_others_still_work(client, front, provider, analyst, monkeypatch):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.signin.method import ProviderDown

    down, well = configured("Institute"), configured("Hospital")
    begin = type(provider).begin

    def broken(self, configuration, flow):
        if configuration.id == down.id:
            raise ProviderDown(configuration.description, "connection refused by idp.example.org")
        return begin(self, configuration, flow)

    monkeypatch.setattr(type(provider), "begin", broken)
    page = client.get("/login-ssoRedirect.view", configuration=down.id)
    said = words(page)
    assert page.status == 503
    assert "Institute cannot be reached at present" in said
    assert "Sign in with Hospital" in said and "Password" in said
    assert "connection refused" not in said
    event = AuditEvent.objects.get(reason="provider_down")
    assert event.comment == "Institute: connection refused by idp.example.org"
    assert sign_in_at(client, well).status == 303
    assert client.get("/login-whoAmI.api").json["email"] == ANALYST


def test_a_sign_in_through_a_provider_is_in_the_log_by_its_description(client, front, provider, analyst):
    from keyhouse.audit.models import AuditEvent

    sign_in_at(client, configured("Our Institute"))
    event = AuditEvent.objects.filter(kind="sign-in").last()
    assert event.comment == f"{ANALYST} signed in through Our Institute."
    assert event.details["signIn"]["provider"] == "Our Institute"
    assert Client(front).get("/login-whoAmI.api").json["email"] == "guest"


def test_an_error_page_is_called_what_it_is_and_leads_a_guest_on(client):
    page = client.get("/login-ssoRedirect.view", configuration=99)
    assert page.status == 404
    assert "<title>There is nothing at this address" in page.text
    assert "typing error" not in page.text, "the page says itself what to do"
    assert 'href="/labkey/login-login.view">Sign in</a>' in page.text
    assert "typing error" in client.get("/nothing-here.view").text
