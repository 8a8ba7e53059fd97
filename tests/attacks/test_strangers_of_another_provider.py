"""Attack: be called at a new provider what somebody else was called at the old one, and get into their account."""

import pytest

from tests.providers.made_up import configured
from tests.site import OPERATOR

OLD = {"issuer": "https://old.example.org", "client_id": "keyhouse"}
DIRECTORY = {"servers": "ldap://127.0.0.1", "security": "none", "search_base": "dc=a", "subject_attribute": "uid"}


@pytest.fixture
def linked(site, analyst):
    """Make a configuration through which somebody is linked."""
    from keyhouse.signin.method import Identity

    def make(settings, kind="oidc"):
        row = configured(kind=kind, settings=settings)
        site.identities.link(site.providers.find(row.id), Identity("jdoe", analyst.email, True), analyst, OPERATOR)
        return row

    return make


def change(site, row, **settings):
    from keyhouse.signin.configurations import Draft
    from keyhouse.signin.models import Configuration

    same = settings.pop("has_same_people", False)
    return site.configurations.change(
        Configuration.objects.get(id=row.id), Draft(row.description, settings, has_same_people=same), OPERATOR
    )


def refusal(site, row, **settings):
    from keyhouse.signin.entered import ConfigurationError

    with pytest.raises(ConfigurationError) as raised:
        change(site, row, **settings)
    return dict(raised.value.problems).get("samePeople", str(raised.value))


def test_issuer_of_known_people_is_not_changed_by_the_way(site, linked):
    from keyhouse.signin.models import Configuration

    row = linked(OLD)
    assert refusal(site, row, issuer="https://new.example.org").startswith("1 identity of people here are linked")
    assert Configuration.objects.get(id=row.id).settings["issuer"] == OLD["issuer"]
    assert change(site, row, client_id="another"), "what names nobody is changed as ever"


def test_who_knows_that_the_people_are_the_same_says_so_and_that_is_in_the_log(site, linked):
    from keyhouse.audit.models import AuditEvent

    row = linked(OLD)
    assert change(site, row, issuer="https://new.example.org", has_same_people=True)
    event = AuditEvent.objects.filter(kind="sign-in configuration changed").last()
    assert event.details["new"]["samePeople"] is True
    assert event.details["old"]["issuer"] == OLD["issuer"]


def test_provider_of_nobody_is_changed_freely(site):
    assert change(site, configured(settings=OLD), issuer="https://new.example.org")


@pytest.mark.parametrize(
    ("kind", "settings", "other"),
    [
        ("cas", {"server_url": "https://a.example.org/cas"}, {"server_url": "https://b.example.org/cas"}),
        ("cas", {"server_url": "https://a.example.org/cas"}, {"subject_attribute": "uidNumber"}),
        ("ldap", DIRECTORY, {"servers": "ldap://localhost"}),
        ("ldap", DIRECTORY, {"subject_attribute": "employeeNumber"}),
    ],
)
def test_whoever_names_people_and_by_what_stays_where_somebody_is_linked(site, linked, kind, settings, other):
    row = linked(settings, kind)
    assert "could be those of strangers" in refusal(site, row, **other)


def test_entity_id_is_watched_and_new_keys_of_the_same_provider_are_not():
    from tests.providers.saml_visits import PAIR, own_pair

    own_pair()
    from keyhouse.signin.saml.method import method

    by_hand = {"entity_id": "urn:old", "sso_url": "https://a.example.org/sso", "certificates": PAIR[1]}
    before = method.named_by(by_hand)
    assert method.named_by({**by_hand, "entity_id": "urn:new"}) != before
    assert method.named_by({**by_hand, "subject_attribute": "uid"}) != before
    assert method.named_by({**by_hand, "certificates": PAIR[1] * 2, "sso_url": "https://b.example.org/sso"}) == before


def test_administrator_is_asked_on_the_page_and_may_say_so(client, admin, site, linked):
    from keyhouse.signin.models import Configuration
    from tests.console.pages import ADMIN, sign_in, submit, words

    row = linked(OLD)
    sign_in(client, ADMIN)
    page = "/login-configuration.view"
    typed = {"configuration": row.id, "description": row.description, "field.issuer": "https://new.example.org"}
    typed |= {"field.client_id": "keyhouse", "linksAccounts": "true", "createsAccounts": "site"}
    asked = submit(client, page, **typed)
    assert "same people of the same names" in words(asked)
    assert Configuration.objects.get().settings["issuer"] == OLD["issuer"]
    assert submit(client, page, **typed, samePeople="true").status == 303
    assert Configuration.objects.get().settings["issuer"] == "https://new.example.org"
