"""The check of people in the background: who is gone from the directory, or disabled there, goes here."""

from datetime import timedelta

import pytest
from tests.providers.slapd import PASSWORD, PEOPLE, configured
from tests.providers.slapd_visits import browser, events, is_let_in
from tests.site import OPERATOR

ADA = f"uid=ada,{PEOPLE}"


@pytest.fixture
def ada(directory):
    values = {"uid": "ada", "cn": "Ada", "sn": "Ada", "mail": "ada@example.org", "userPassword": PASSWORD}
    directory.add(ADA, objectClass=["inetOrgPerson", "adPerson"], userAccountControl="512", **values)
    yield
    directory.delete(ADA)


@pytest.fixture
def check(site):
    """Run the check as the background does, an hour later."""
    from keyhouse import system

    later = [timedelta()]
    site.directory_check._clock = lambda: system.now() + later[0]

    def run():
        site.directory_check.run()
        later[0] += timedelta(hours=1)
        site.directory_check.run()

    return run


def test_who_is_disabled_there_is_deactivated_here_and_their_sessions_end(site, front, directory, ada, check):
    configured(site, directory, creates_accounts=True, check_minutes=30)
    assert is_let_in(front, "erika")
    client, _ = browser(front, "ada")
    directory.modify(ADA, userAccountControl="514")
    check()
    assert client.get("/login-whoAmI.api").json["email"] == "guest"
    (event,) = events("user deactivated")
    assert "ada@example.org" in event.comment and "Campus directory: the account is disabled" in event.via
    assert is_let_in(front, "erika")


def test_who_is_gone_is_deactivated(site, front, directory, check):
    values = {"uid": "bob", "cn": "Bob", "sn": "Bob", "mail": "bob@example.org", "userPassword": PASSWORD}
    directory.add(f"uid=bob,{PEOPLE}", objectClass="inetOrgPerson", **values)
    configured(site, directory, creates_accounts=True, check_minutes=30)
    assert is_let_in(front, "erika") and is_let_in(front, "bob")
    directory.delete(f"uid=bob,{PEOPLE}")
    check()
    (event,) = events("user deactivated")
    assert "bob@example.org" in event.comment


def test_who_has_another_way_to_sign_in_loses_the_sessions_of_the_directory_alone(site, front, directory, ada, check):
    from keyhouse.accounts.users import find

    configured(site, directory, links_accounts=True, check_minutes=30)
    site.users.add("ada@example.org", OPERATOR, PASSWORD)
    client, _ = browser(front, "ada")
    directory.modify(ADA, userAccountControl="514")
    check()
    assert client.get("/login-whoAmI.api").json["email"] == "guest"
    assert find("ada@example.org").is_active


def test_nobody_is_looked_up_where_the_configuration_does_not_say_so(site, front, directory, ada, check):
    configured(site, directory, creates_accounts=True)
    assert is_let_in(front, "ada")
    directory.modify(ADA, userAccountControl="514")
    check()
    assert events("user deactivated") == []


@pytest.mark.parametrize("wrong", [{"search_base": "ou=groups,dc=example,dc=org"}, {"servers": "ldap://127.0.0.1:1"}])
def test_a_wrong_configuration_or_a_directory_that_is_down_deactivates_nobody(site, front, directory, check, wrong):
    row = configured(site, directory, creates_accounts=True, check_minutes=30)
    assert is_let_in(front, "erika") and is_let_in(front, "max")
    row.settings.update(wrong)
    row.save()
    check()
    assert events("user deactivated") == []


def test_one_person_alone_is_not_taken_for_gone_where_nobody_else_is_found_either(site, front, directory, check):
    row = configured(site, directory, creates_accounts=True, check_minutes=30)
    assert is_let_in(front, "erika")
    row.settings["search_base"] = "ou=groups,dc=example,dc=org"
    row.save()
    check()
    assert events("user deactivated") == []
