"""Users and groups: names, and what changes when they change."""

import contextlib
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.site import OPERATOR, PASSWORD

from keyhouse.accounts.names import AccountError, display_name_of, email_of, group_name_of, one_line


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "@example.org", "a b@example.org", "a\n@example.org", "a@b\0", "x" * 250 + "@b.org"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(AccountError):
        email_of(text)


def test_addresses_have_one_spelling():
    assert email_of("  Ada@Example.ORG ") == "ada@example.org"
    assert email_of("admin@localhost") == "admin@localhost"


def test_address_that_becomes_anothers_in_lower_case_is_refused():
    with pytest.raises(AccountError, match="only looks like"):
        email_of("\u212aa@example.org")


@given(st.text())
def test_reading_an_address_never_raises_anything_else(text):
    with contextlib.suppress(AccountError):
        assert email_of(text).isprintable()


@given(st.text())
def test_names_are_one_printable_line(text):
    assert one_line(text).isprintable() and one_line(text) == one_line(text).strip()


def test_display_names_are_taken_from_addresses():
    assert display_name_of("test_user@example.org") == "test user"


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a<b", "a\tb;", "a/b", "a,b"])
def test_bad_group_names_are_refused(name):
    with pytest.raises(AccountError):
        group_name_of(name)


def test_a_user_is_found_in_any_case_and_there_is_one(site, analyst):
    from keyhouse.accounts.users import find

    assert find(" ANALYST@example.org ").id == analyst.id
    with pytest.raises(AccountError, match="already"):
        site.users.add("Analyst@Example.ORG", OPERATOR, PASSWORD)


def test_two_groups_never_differ_in_case_alone(site):
    site.groups.add("Lab", OPERATOR)
    with pytest.raises(AccountError, match="already"):
        site.groups.add("lAB", OPERATOR)


@pytest.mark.parametrize("password", ["short", "password123", "analyst@example.org", "12345678901"[:7]])
def test_weak_passwords_are_refused(site, password):
    with pytest.raises(AccountError):
        site.users.add("analyst@example.org", OPERATOR, password)


def test_a_service_account_has_no_password(site):
    robot = site.users.add("robot@example.org", OPERATOR, PASSWORD, is_service=True)
    assert not robot.has_usable_password()
    with pytest.raises(AccountError, match="Issue an API key"):
        site.users.set_password(robot, PASSWORD, OPERATOR)


def test_users_begin_at_1001_and_system_groups_have_their_known_ids(site, analyst):
    from keyhouse.accounts.models import Group

    assert analyst.id == 1001
    assert set(Group.objects.values_list("id", "name")) == {
        (-1, "Administrators"),
        (-2, "All Site Users"),
        (-3, "Guests"),
        (-4, "Developers"),
    }


def test_groups_of_the_system_stay_and_take_no_members_of_their_own(site, analyst):
    from keyhouse.accounts.groups import find

    with pytest.raises(AccountError):
        site.groups.delete(find("Administrators"), OPERATOR)
    for name in ("All Site Users", "Guests"):
        with pytest.raises(AccountError):
            site.groups.add_member(find(name), analyst, OPERATOR)


def test_no_group_is_in_itself(site):
    group = site.groups.add("Lab", OPERATOR)
    with pytest.raises(AccountError):
        site.groups.add_member(group, group, OPERATOR)


def test_ends_of_sessions_are_counted_whoever_has_an_old_copy(site, analyst):
    from keyhouse.accounts.users import find

    stale = find(analyst.email)
    for number in range(3):
        site.users.set_password(analyst, f"{PASSWORD} {number}", OPERATOR)
    before = find(analyst.email).session_generation
    site.users.deactivate(stale, OPERATOR)
    assert find(analyst.email).session_generation == before + 1 == stale.session_generation


def test_passwords_are_argon2id_at_rest(site, analyst):
    assert analyst.password.startswith("argon2$argon2id$")
    assert PASSWORD not in analyst.password


def test_deleting_a_user_takes_memberships_and_roles_along(site, analyst):
    from keyhouse.accounts.models import Membership, Principal
    from keyhouse.authz.folders import find
    from keyhouse.authz.models import RoleAssignment
    from keyhouse.core.permissions import Role

    group = site.groups.add("Lab", OPERATOR)
    site.groups.add_member(group, analyst, OPERATOR)
    site.assignments.assign(Role.READER, analyst, analyst.email, find("/home"), OPERATOR)
    number = analyst.id
    site.users.delete(analyst, OPERATOR)
    assert not Membership.objects.filter(member_id=number).exists()
    assert not RoleAssignment.objects.filter(principal_id=number).exists()
    assert not Principal.objects.filter(id=number).exists()


def test_an_id_is_never_given_twice(site, analyst):
    number = analyst.id
    site.users.delete(analyst, OPERATOR)
    assert site.users.add("other@example.org", OPERATOR, PASSWORD).id > number


def test_two_at_once_cannot_add_the_same_user(site):
    from django.db import connection

    outcomes: list[str] = []

    def add() -> None:
        try:
            site.users.add("ada@example.org", OPERATOR, PASSWORD)
            outcomes.append("added")
        except AccountError:
            outcomes.append("refused")
        connection.close()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added"] + ["refused"] * 3
