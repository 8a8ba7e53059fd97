"""Attack: get into somebody's account with an identity of one's own that claims their e-mail address."""

import threading

import pytest

from tests.providers.made_up import ANALYST, come_back, configured, sign_in_at, stand_in
from tests.site import OPERATOR, Client, set_site, sign_in

LINK = "/login-linkIdentity.view"


@pytest.fixture
def provider(monkeypatch, site):
    set_site(site, autoCreateAccounts=True)
    return stand_in(monkeypatch, site)


def who(client):
    return client.get("/login-whoAmI.api").json["email"]


def linked():
    from keyhouse.signin.models import ExternalIdentity

    return {(each.configuration.description, each.user.email) for each in ExternalIdentity.objects.all()}


def refused(client, configuration):
    answer = sign_in_at(client, configuration)
    assert answer.status in {403, 401}, answer.status
    assert who(client) == "guest"
    return answer


@pytest.mark.parametrize("email", [ANALYST, "Analyst@EXAMPLE.org", " analyst@example.org "])
def test_address_of_an_account_alone_opens_it_for_nobody(provider, client, analyst, email):
    provider.says(email=email)
    answer = refused(client, configured(links_accounts=False))
    assert "Sign in the way you did before" in answer.text
    assert linked() == set()


def test_address_that_the_provider_does_not_vouch_for_opens_nothing_even_where_it_is_trusted(provider, client, analyst):
    provider.says(is_email_verified=False)
    refused(client, configured(links_accounts=True))
    provider.says(email="new@example.org")
    refused(client, configured("Other", links_accounts=True))
    assert linked() == set()


def test_second_provider_with_the_same_address_is_never_merged_silently(provider, client, front, analyst):
    first, second = configured("First"), configured("Second")
    assert sign_in_at(client, first).status == 303
    assert who(client) == ANALYST
    provider.says(subject="somebody-else")
    refused(Client(front), second)
    assert linked() == {("First", ANALYST)}


def test_second_provider_does_not_get_at_an_account_that_the_first_has_made(provider, client, front):
    first, second = configured("First"), configured("Second")
    provider.says(email="new@example.org")
    sign_in_at(client, first)
    provider.says(email="NEW@example.org", subject="somebody-else")
    refused(Client(front), second)
    assert linked() == {("First", "new@example.org")}


def test_another_subject_of_the_same_provider_with_the_same_address_is_somebody_else(provider, client, front):
    configuration = configured()
    provider.says(email="new@example.org")
    sign_in_at(client, configuration)
    provider.says(subject="subject-2")
    refused(Client(front), configuration)


def test_provider_that_is_not_the_domain_s_own_makes_and_links_nothing(provider, client, analyst):
    configured("Institute", domains=["example.org"])
    other = configured("Other")
    assert "belong to another way" in refused(client, other).text
    provider.says(email="new@Example.ORG")
    refused(client, other)
    assert linked() == set()


@pytest.mark.parametrize("domain", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example"])
def test_domain_is_its_provider_s_however_its_letters_are_written(provider, client, domain):
    configured("Institute", domains=["xn--bcher-kva.example"])
    provider.says(email=f"new@{domain}")
    assert "belong to another way" in refused(client, configured("Other")).text


@pytest.mark.parametrize("email", ["analyst@\uff45xample.org", "\uff41nalyst@example.org", "analyst\u0301@example.org"])
def test_address_in_letters_of_another_width_or_in_parts_makes_no_account(provider, client, analyst, email):
    provider.says(email=email)
    refused(client, configured())
    assert linked() == set()


@pytest.mark.parametrize("kind", ["service", "deactivated"])
def test_account_of_nobody_who_signs_in_is_never_linked(provider, site, client, kind):
    user = site.users.add("robot@example.org", OPERATOR, is_service=kind == "service")
    if kind == "deactivated":
        site.users.deactivate(user, OPERATOR)
    provider.says(email="robot@example.org")
    refused(client, configured())
    assert linked() == set()


def test_person_who_is_deactivated_after_linking_is_not_let_in(provider, site, client, front, analyst):
    configuration = configured()
    sign_in_at(client, configuration)
    site.users.deactivate(analyst, OPERATOR)
    refused(Client(front), configuration)


def test_account_whose_address_changed_at_the_provider_is_still_the_same_account(provider, client, front, analyst):
    configuration, browser = configured(), Client(front)
    sign_in_at(client, configuration)
    provider.says(email="married@example.org")
    sign_in_at(browser, configuration)
    assert who(browser) == ANALYST


def test_identity_of_another_address_left_in_a_browser_is_not_linked_by_its_next_user(provider, site, client, admin):
    provider.says(email="mallory@example.org", subject="mallory")
    site.users.add("mallory@example.org", OPERATOR)
    refused(client, configured(links_accounts=False))
    sign_in(client, "admin@example.org")
    page = client.get(LINK)
    assert "not the address of this account" in page.text
    assert 'value="link"' not in page.text
    client.post(LINK, form={"do": "link"})
    assert linked() == set()


def test_link_is_asked_for_and_not_made_by_a_visit_or_a_foreign_page(provider, client, analyst):
    refused(client, configured(links_accounts=False))
    sign_in(client, ANALYST)
    assert "to your account" in client.get(LINK, do="link").text
    assert client.post(LINK, form={"do": "link"}, csrf=False).status == 401
    assert linked() == set()


def test_identity_of_one_account_is_never_linked_to_another(provider, site, client, front, analyst, admin):
    configuration, browser = configured(), Client(front)
    sign_in_at(client, configuration)
    sign_in(browser, "admin@example.org")
    led = browser.get("/login-startLinking.view", configuration=configuration.id)
    come_back(browser, configuration, led)
    answer = browser.post(LINK, form={"do": "link"})
    assert answer.status == 400
    assert "another account" in answer.text
    assert linked() == {("University SSO", ANALYST)}


def test_two_first_sign_ins_at_once_make_one_account_with_one_link(provider, site):
    from django.db import connections

    from keyhouse.accounts.models import User

    first, second = configured("First"), configured("Second")
    provider.says(email="new@example.org")
    start, outcomes = threading.Barrier(4), []

    def enter(configuration):
        start.wait()
        try:
            found = site.identities.account_of(site.providers.find(configuration.id), provider.identity, OPERATOR)
            outcomes.append((configuration.description, found.email))
        except Exception as error:
            outcomes.append((configuration.description, type(error).__name__))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=enter, args=(each,)) for each in (first, first, second, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert User.objects.filter(email="new@example.org").count() == 1
    assert len(linked()) == 1
    (winner, _), *_ = linked()
    assert {outcome for name, outcome in outcomes if name == winner} == {"new@example.org"}
    assert {outcome for name, outcome in outcomes if name != winner} == {"Unconfirmed"}


def test_identity_that_is_linked_by_its_own_faster_sign_in_is_known(monkeypatch, provider, site, analyst):
    configuration = configured()
    site.identities.link(site.providers.find(configuration.id), provider.identity, analyst, OPERATOR)
    find, asked = type(site.identities).find, []

    def find_too_early(self, *named):
        asked.append(named)
        return find(self, *named) if len(asked) > 1 else None

    monkeypatch.setattr(type(site.identities), "find", find_too_early)
    found = site.identities.account_of(site.providers.find(configuration.id), provider.identity, OPERATOR)
    assert found == analyst


def test_identity_that_is_unlinked_while_it_signs_in_lets_nobody_in(
    monkeypatch, provider, site, client, front, analyst
):
    from keyhouse.signin.models import ExternalIdentity

    configuration = configured(links_accounts=False)
    site.identities.link(site.providers.find(configuration.id), provider.identity, analyst, OPERATOR)
    found = type(site.identities).find

    def find_and_unlink(self, *named):
        known = found(self, *named)
        ExternalIdentity.objects.all().delete()
        return known

    monkeypatch.setattr(type(site.identities), "find", find_and_unlink)
    assert "Sign in the way you did before" in refused(client, configuration).text
