"""Configurations: written by their fields, secrets never read back, each change in the log; sessions end with them."""

import pytest
from tests.providers.made_up_method import ADDRESS, add, draft, identity, made_up  # noqa: F401
from tests.site import OPERATOR

SECRET = "hunter2-hunter2"
pytestmark = pytest.mark.usefixtures("made_up")


@pytest.fixture
def fails():
    from keyhouse.signin.entered import ConfigurationError

    def failing(what, *arguments, **named):
        with pytest.raises(ConfigurationError) as raised:
            what(*arguments, **named)
        return dict(raised.value.problems)

    return failing


def changes():
    from keyhouse.audit.models import AuditEvent

    events = AuditEvent.objects.filter(kind="sign-in configuration changed").order_by("sequence")
    return [(event.comment, event.details) for event in events]


def fresh(row):
    return type(row).objects.get(id=row.id)


def session_of(site, row, user):
    from django.utils import timezone

    from keyhouse.sessions.models import BrowserSession

    now = timezone.now()
    return BrowserSession.objects.create(
        public_id=f"s{BrowserSession.objects.count()}",
        digest=f"{BrowserSession.objects.count():064}",
        user=user,
        created_at=now,
        signed_in_at=now,
        provider=row.description,
        configuration_id=row.id,
        last_seen_at=now,
        ends_at=now,
    )


def test_several_of_each_kind_stand_in_an_order_that_can_be_changed(site):
    from keyhouse.signin.models import Configuration

    rows = [add(site, name, kind) for name, kind in (("A", "cas"), ("B", "saml"), ("C", "cas"))]
    assert site.configurations.move(rows[2], -1, OPERATOR)
    assert site.configurations.move(rows[2], -1, OPERATOR)
    assert not site.configurations.move(rows[2], -1, OPERATOR)
    assert [row.description for row in Configuration.objects.order_by("position")] == ["C", "A", "B"]
    assert [provider.description for provider in site.providers.enabled(("cas", "saml"))] == ["C", "A", "B"]
    assert changes()[-1][1]["old"] == {"place": 2}
    assert changes()[-1][1]["new"] == {"place": 1}


def test_what_is_not_said_has_its_default(site):
    row = add(site)
    assert row.settings["attributes"] == "mail"
    assert row.settings["is_strict"] is True


def test_every_change_is_in_the_log_with_old_and_new_and_no_letter_of_a_secret(site):
    row = add(site, secrets={"password": SECRET})
    site.configurations.change(
        row, draft("Institute", secrets={"password": SECRET + "2"}, settings={"certificate": "A" * 900}), OPERATOR
    )
    site.configurations.change(row, draft("Institute", forgotten=["password"]), OPERATOR)
    (added, first), (changed, second), (_, third) = changes()
    assert added == 'CAS authentication configuration "Our Institute" was created.'
    assert (first["old"], first["new"]["address"], first["new"]["password"]) == ({}, ADDRESS, "set")
    assert changed == 'CAS authentication configuration "Institute" was updated.'
    assert second["old"]["description"] == "Our Institute"
    assert second["new"]["password"] == "changed"
    assert second["new"]["certificate"].startswith("sha256:") and "900" in second["new"]["certificate"]
    assert third["new"] == {"password": "removed"}
    assert SECRET not in str(changes())


def test_a_secret_that_is_left_empty_stays_and_is_shown_nowhere(site):
    row = add(site, secrets={"password": SECRET})
    assert not site.configurations.change(fresh(row), draft(), OPERATOR)
    provider = site.providers.find(row.id)
    assert provider.secrets["password"] == SECRET
    assert SECRET not in repr(provider) + repr(draft(secrets={"password": SECRET})) + str(fresh(row).__dict__)
    assert site.configurations.secret_names(fresh(row)) == {"password"}
    site.configurations.change(fresh(row), draft(forgotten=["password"]), OPERATOR)
    assert not site.providers.find(row.id).secrets


def test_a_change_that_changes_nothing_is_no_event(site):
    row = add(site)
    assert not site.configurations.change(fresh(row), draft(), OPERATOR)
    assert len(changes()) == 1


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"description": " "}, "description"),
        ({"description": "x" * 101}, "description"),
        ({"description": "Standard Database Authentication"}, "description"),
        ({"settings": {"address": ""}}, "address"),
        ({"settings": {"address": "https://idp.example.org/wrong"}}, "address"),
        ({"domains": ["not a domain"]}, "domains"),
        ({"domains": ["example.org/x"]}, "domains"),
        ({"secrets": {"address": "x"}}, "address"),
    ],
)
def test_what_cannot_be_is_refused_and_named(site, fails, changed, problem):
    assert problem in fails(add, site, **changed)
    assert changes() == []


def test_two_configurations_never_share_a_description_or_a_domain(site, fails):
    add(site, "Our Institute", domains=["Example.ORG"])
    assert "description" in fails(add, site, "OUR institute")
    assert "leads to Our Institute already" in fails(add, site, "Other", domains=["@example.org"])["domains"]
    waiting = add(site, "Waiting", is_enabled=False, domains=["example.org"])
    assert "domains" in fails(site.configurations.switch, waiting, True, OPERATOR)
    assert site.providers.of_domain("Ada@EXAMPLE.org").description == "Our Institute"


def test_switching_off_ends_the_sessions_that_came_by_it_and_no_others(site, analyst):
    from keyhouse.sessions.models import BrowserSession
    from keyhouse.signin.consequences import consequences_of

    row, other = add(site), add(site, "Other")
    session_of(site, row, analyst)
    stays = session_of(site, other, analyst)
    assert consequences_of(row).sessions == 1
    assert site.configurations.switch(row, False, OPERATOR).sessions == 1
    assert list(BrowserSession.objects.filter(user=analyst)) == [stays]
    assert site.providers.find(row.id) is None


def test_sign_in_that_waits_for_its_second_factor_ends_with_the_way_that_it_came_by(site, analyst):
    from django.http import HttpRequest

    from keyhouse.core.reasons import Reason
    from keyhouse.sessions.engine import SessionStore
    from keyhouse.sessions.models import BrowserSession

    row = add(site)
    proof = site.sign_ins.proof_of(site.providers.find(row.id), identity(), analyst)
    site.configurations.switch(row, False, OPERATOR)
    request = HttpRequest()
    request.session = SessionStore()
    assert site.sign_ins.enter(request, proof) is Reason.SESSION_ENDED
    assert not BrowserSession.objects.filter(user=analyst).exists()


def test_removing_unlinks_identities_one_by_one_in_the_log(site, analyst):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.signin.models import ExternalIdentity

    row = add(site)
    site.identities.link(site.providers.find(row.id), identity(), analyst, OPERATOR)
    site.configurations.remove(row, OPERATOR)
    assert not ExternalIdentity.objects.exists()
    unlinked = AuditEvent.objects.get(kind="identity unlinked")
    assert unlinked.details["subjectId"] == analyst.id
    assert changes()[-1][0].endswith("was deleted.")


def test_who_loses_the_last_way_in_is_counted_before(site, admin):
    from keyhouse.signin.consequences import consequences_of

    row = add(site)
    person = site.users.add("ada@example.org", OPERATOR, is_site_admin=True)
    site.identities.link(site.providers.find(row.id), identity("ada@example.org"), person, OPERATOR)
    told = consequences_of(row)
    assert (told.identities, told.locked_out, told.administrators) == (1, 1, 1)
    site.users.deactivate(admin, OPERATOR)
    assert any("No site administrator" in sentence for sentence in consequences_of(row).sentences)


def test_a_test_that_fails_is_a_finding_with_its_exact_cause(site):
    row = add(site)
    assert [finding.is_ok for finding in site.configurations.test(row)] == [True, False]
    down = add(site, "Down", settings={"address": "https://idp.example.org/down"})
    assert [finding.text for finding in site.configurations.test(down)] == ["idp.example.org: nothing listens there."]


def test_a_kind_whose_library_is_missing_says_how_to_install_it(site, fails, monkeypatch):
    from keyhouse.signin import methods

    def missing(kind):
        raise methods.NotInstalled("Install it with: pip install 'keyhouse[cas]'")

    row = add(site)
    monkeypatch.setattr(methods, "method_of", missing)
    assert "pip install" in site.configurations.test(row)[0].text
    assert "pip install" in fails(add, site, "Other")[""]


def test_a_configuration_is_found_by_number_or_name_in_any_case(site):
    from keyhouse.signin.configurations import find
    from keyhouse.signin.entered import ConfigurationNotFound

    row = add(site)
    assert find("our INSTITUTE").id == find(str(row.id)).id == row.id
    with pytest.raises(ConfigurationNotFound):
        find("another")
