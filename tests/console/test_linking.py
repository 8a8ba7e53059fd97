"""Linking identities: asked after one has proved to be both, recorded, and undone by oneself or an administrator."""

import pytest

from tests.console.pages import ADMIN, ANALYST, sign_in, submit, words
from tests.providers.made_up import come_back, configured, sign_in_at, stand_in
from tests.site import OPERATOR, Client

LINK, MINE = "/login-linkIdentity.view", "/login-mySignIn.view"


@pytest.fixture
def provider(monkeypatch, site):
    return stand_in(monkeypatch, site)


@pytest.fixture
def configuration(provider):
    return configured(links_accounts=False)


def events(kind):
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))


def who(client):
    return client.get("/login-whoAmI.api").json["email"]


def link(client, configuration):
    led = client.get("/login-startLinking.view", configuration=configuration.id)
    come_back(client, configuration, led)
    return submit(client, LINK, do="link")


def test_who_signs_in_the_old_way_is_asked_and_then_known(client, front, analyst, configuration):
    home = "/labkey/home/project-begin.view?tab=2"
    failed = sign_in_at(client, configuration, returnUrl=home)
    assert failed.status == 403
    assert "Sign in with University SSO" in words(failed)
    signed_in = sign_in(client, ANALYST, returnUrl="/labkey/login-linkIdentity.view?returnUrl=" + home)
    assert LINK in signed_in.header("Location")
    assert f"Link {ANALYST} at University SSO to your account {ANALYST} ?" in words(client.get(LINK))
    assert submit(client, LINK, do="link", returnUrl=home).header("Location") == home
    (event,) = events("identity linked")
    assert event.comment == f"{ANALYST} at University SSO is {ANALYST} here from now on."
    assert event.user == ANALYST
    browser = Client(front)
    assert sign_in_at(browser, configuration, returnUrl=home).header("Location") == home
    assert who(browser) == ANALYST


def test_the_form_of_the_failed_sign_in_leads_to_the_question(client, analyst, configuration):
    failed = sign_in_at(client, configuration)
    assert "/labkey/login-linkIdentity.view" in failed.text


def test_who_declines_is_led_on_and_asked_no_more(client, analyst, configuration):
    sign_in_at(client, configuration)
    sign_in(client, ANALYST)
    assert submit(client, LINK, do="decline").status == 303
    assert client.get(LINK).status == 303
    assert events("identity linked") == []


def test_another_address_is_linked_on_purpose(client, front, analyst, provider, configuration):
    provider.says(email="ada@elsewhere.example", subject="ada")
    sign_in(client, ANALYST)
    assert link(client, configuration).status == 303
    assert "ada@elsewhere.example" in words(client.get(MINE))
    browser = Client(front)
    sign_in_at(browser, configuration)
    assert who(browser) == ANALYST


def test_an_identity_is_unlinked_and_its_other_sessions_end(client, front, analyst, configuration):
    from keyhouse.signin.models import ExternalIdentity

    sign_in(client, ANALYST)
    link(client, configuration)
    elsewhere = Client(front)
    sign_in_at(elsewhere, configuration)
    number = ExternalIdentity.objects.get().id
    assert submit(client, MINE, identity=number).header("Location").endswith("said=identity-unlinked")
    assert events("identity unlinked")[0].details["subjectId"] == analyst.id
    assert who(elsewhere) == "guest"
    assert who(client) == ANALYST
    assert sign_in_at(elsewhere, configuration).status == 403


def test_the_last_way_in_is_not_unlinked(client, site, provider, configuration):
    from keyhouse.signin.models import ExternalIdentity

    person = site.users.add("ada@example.org", OPERATOR)
    provider.says(email="ada@example.org")
    site.identities.link(site.providers.find(configuration.id), provider.identity, person, OPERATOR)
    sign_in_at(client, configuration)
    answer = submit(client, MINE, identity=ExternalIdentity.objects.get().id)
    assert answer.status == 400
    assert "last way to sign in" in words(answer)
    assert "has no password of this site" in words(answer)


def test_nobody_unlinks_what_is_another_s(client, site, analyst, admin, provider, configuration):
    from keyhouse.signin.models import ExternalIdentity

    site.identities.link(site.providers.find(configuration.id), provider.identity, admin, OPERATOR)
    sign_in(client, ANALYST)
    assert submit(client, MINE, identity=ExternalIdentity.objects.get().id).status == 400
    assert ExternalIdentity.objects.exists()


def test_an_administrator_sees_and_unlinks_after_a_question(
    client, front, site, admin, analyst, provider, configuration
):
    from keyhouse.signin.models import ExternalIdentity

    site.identities.link(site.providers.find(configuration.id), provider.identity, analyst, OPERATOR)
    theirs = Client(front)
    sign_in_at(theirs, configuration)
    sign_in(client, ADMIN)
    page = f"/user-details.view?userId={analyst.id}"
    assert "Signs in at University SSO" in words(client.get(page))
    fields = {"do": "unlink", "identity": ExternalIdentity.objects.get().id}
    assert "Unlink analyst@example.org at University SSO?" in words(submit(client, page, **fields))
    assert submit(client, page, **fields, confirmed="1").status == 303
    assert not ExternalIdentity.objects.exists()
    assert who(theirs) == "guest"


def test_linked_identities_are_not_shown_to_who_impersonates(client, site, admin, analyst):
    sign_in(client, ADMIN)
    client.post("/user-impersonateUser.api", form={"userId": analyst.id})
    assert client.get(MINE).status == 403
    assert client.get("/login-startLinking.view", configuration=1).status == 403
