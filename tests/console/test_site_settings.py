"""Site Settings: saved at once, holding from the next request, with a look ahead before keys are shortened."""

import pytest

from keyhouse.siteconfig import OPTIONS
from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.site import Client, issue, set_site

PAGE = "/admin-customizeSite.view"
WEEK = 604_800


@pytest.fixture
def signed_in(client, admin):
    sign_in(client, ADMIN)
    return client


def settings():
    from keyhouse.siteconfig import store

    return store.read()


def test_every_site_setting_is_on_one_form(signed_in):
    def named(path):
        page = Controls(signed_in.get(path).text)
        return [attrs.get("name") for attrs in [*page.all("input"), *page.all("select")]]

    names = [*named(PAGE), *named("/login-configure.view")]
    assert {option.name: names.count(option.name) for option in OPTIONS} == {option.name: 1 for option in OPTIONS}


def test_the_form_offers_the_six_lives_in_words(signed_in):
    said = words(signed_in.get(PAGE))
    lives = ("Never", "7 days (1 week)", "30 days (1 month)", "90 days (3 months)", "180 days (6 months)")
    for life in (*lives, "365 days (1 year)"):
        assert life in said


def test_a_setting_with_few_values_offers_them_and_takes_no_other(signed_in):
    page = Controls(signed_in.get(PAGE).text)
    assert "participantsInLog" in {attrs.get("name") for attrs in page.all("select")}
    submit(signed_in, PAGE, participantsInLog="digests")
    assert settings().participants_in_log == "digests"
    assert submit(signed_in, PAGE, participantsInLog="names").status == 400


def test_saved_settings_hold_on_the_next_request(signed_in, front, analyst):
    answer = submit(signed_in, PAGE, allowApiKeys="true", apiKeyExpirationSeconds=WEEK)
    assert answer.status == 303
    assert settings().allow_api_keys
    person = Client(front)
    sign_in(person, ANALYST)
    assert "expire after 7 days (1 week)" in words(person.get("/security-externalToolsView.view"))


def test_an_unchecked_box_is_switched_off_and_an_absent_number_stays(signed_in, site):
    set_site(site, allowApiKeys=True, sessionIdleSeconds=900)
    submit(signed_in, PAGE)
    assert not settings().allow_api_keys
    assert settings().session_idle_seconds == 900


def test_the_emergency_switch_refuses_every_key_at_once(signed_in, front, site, analyst):
    key = issue(site, analyst)
    submit(signed_in, PAGE, refuseAllApiKeys="true")
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 401
    assert "All API keys are refused at present" in words(signed_in.get("/admin-showAdmin.view"))
    submit(signed_in, PAGE)
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 200


def test_lowering_the_maximum_shows_what_it_means_before_it_is_saved(signed_in, site, analyst):
    issue(site, analyst)
    asked = submit(signed_in, PAGE, allowApiKeys="true", apiKeyExpirationSeconds=WEEK)
    assert "1 existing key lives longer than the new maximum" in words(asked)
    assert settings().api_key_expiration_seconds == -1
    submit(signed_in, PAGE, allowApiKeys="true", apiKeyExpirationSeconds=WEEK, confirmed=WEEK)
    assert settings().api_key_expiration_seconds == WEEK


def test_lowering_the_maximum_leaves_existing_keys_alone(signed_in, front, site, analyst):
    from keyhouse.keys.models import ApiKey

    key = issue(site, analyst)
    submit(signed_in, PAGE, apiKeyExpirationSeconds=WEEK, confirmed=WEEK)
    assert ApiKey.objects.get().expires_at is None
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 200


def test_a_wrong_value_is_named_beside_its_field_and_nothing_is_saved(signed_in):
    answer = submit(signed_in, PAGE, allowApiKeys="true", sessionIdleSeconds="soon")
    assert answer.status == 400
    assert 'href="#sessionIdleSeconds"' in answer.text
    assert 'value="soon"' in answer.text
    assert not settings().allow_api_keys


def test_old_and_new_values_are_in_the_audit_log(signed_in):
    from keyhouse.audit.models import AuditEvent

    submit(signed_in, PAGE, siteName="Liver registry")
    event = AuditEvent.objects.filter(kind="setting changed").latest("sequence")
    told = {name: value for name, value in event.details.items() if name != "signIn"}
    assert told == {"setting": "siteName", "old": "Keyhouse", "new": "Liver registry"}
    assert event.user == ADMIN
    assert "Liver registry" in words(signed_in.get(PAGE))
