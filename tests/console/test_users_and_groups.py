"""Users and groups: added, changed, deleted by forms; and never beyond what the caller holds."""

import re

import pytest

from keyhouse.core.permissions import Role
from tests.console.pages import ADMIN, ANALYST, sign_in, submit, words
from tests.site import OPERATOR, PASSWORD, Client, issue


@pytest.fixture
def signed_in(client, admin, analyst):
    sign_in(client, ADMIN)
    return client


@pytest.fixture
def manager(front, site, admin, analyst):
    """Who manages users without being a site administrator."""
    from keyhouse.authz.folders import root

    user = site.users.add("manager@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.APPLICATION_ADMINISTRATOR, user, user.email, root(), OPERATOR)
    client = Client(front)
    sign_in(client, user.email)
    return client


def user_of(email):
    from keyhouse.accounts.models import User

    return User.objects.filter(email=email).first()


def change(client, user, do, **fields):
    return submit(client, f"/user-details.view?userId={user.id}", do=do, **fields)


def test_a_user_is_added_and_found(signed_in):
    answer = submit(signed_in, "/user-showUsers.view", email="New@Example.org", displayName="Nina New")
    assert "Make a reset link here" in words(signed_in.get(answer.header("Location").removeprefix("/labkey")))
    assert user_of("new@example.org").display_name == "Nina New"
    assert "Nina New" in words(signed_in.get("/user-showUsers.view?q=nina"))
    assert "Nobody found" in words(signed_in.get("/user-showUsers.view?q=zz"))


@pytest.mark.parametrize(("email", "said"), [("nonsense", "is not an e-mail address"), (ANALYST, "There is a user")])
def test_a_bad_or_taken_address_is_refused_with_what_to_do(signed_in, email, said):
    answer = submit(signed_in, "/user-showUsers.view", email=email, displayName="kept")
    assert answer.status == 400
    assert said in words(answer)
    assert 'value="kept"' in answer.text


def test_a_deactivated_user_is_out_at_once_and_back_after_reactivation(signed_in, front, site, analyst):
    key = issue(site, analyst)
    change(signed_in, analyst, "deactivate")
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 401
    change(signed_in, analyst, "reactivate")
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 200


def test_a_user_is_deleted_after_the_question(signed_in, analyst):
    assert "for good?" in words(change(signed_in, analyst, "delete"))
    assert user_of(ANALYST)
    assert change(signed_in, analyst, "delete", confirmed="1").status == 303
    assert user_of(ANALYST) is None


@pytest.mark.parametrize("do", ["deactivate", "delete"])
def test_nobody_locks_himself_out(signed_in, admin, do):
    answer = change(signed_in, admin, do, confirmed="1")
    assert "your own account" in words(answer)
    assert user_of(ADMIN).is_active


def test_the_reset_link_sets_a_password_once(signed_in, front, analyst):
    answer = change(signed_in, analyst, "reset")
    link = re.search(r'value="http[^"]*(/login-setPassword[^"]*)"', answer.text).group(1).replace("&amp;", "&")
    person = Client(front)
    assert "Choose a new password" in words(person.get(link))
    submit(person, link, password1="seven green herons", password2="seven green herons")
    assert sign_in(person, ANALYST, "seven green herons").status == 303


def test_an_unknown_user_and_an_unknown_change_are_told_apart(signed_in, analyst):
    for unknown in ("4711", "", "99999999999999999999"):
        assert signed_in.get(f"/user-details.view?userId={unknown}").status == 404
    assert change(signed_in, analyst, "promote").status == 400


def test_a_group_is_made_filled_emptied_and_deleted(signed_in, analyst):
    from keyhouse.accounts.models import Group

    submit(signed_in, "/security-groups.view", name="Statisticians")
    group = Group.objects.get(name="Statisticians")
    page = f"/security-group.view?id={group.id}"
    submit(signed_in, page, do="add", member=ANALYST)
    assert ANALYST in words(signed_in.get(page))
    assert "Statisticians" in words(signed_in.get(f"/user-details.view?userId={analyst.id}"))
    submit(signed_in, page, do="remove", member=analyst.id)
    assert "Nobody yet" in words(signed_in.get(page))
    submit(signed_in, page, do="delete")
    submit(signed_in, page, do="delete", confirmed="1")
    assert not Group.objects.filter(id=group.id).exists()


def test_a_member_who_is_nobody_is_named(signed_in, site):
    group = site.groups.add("Readers", OPERATOR)
    answer = submit(signed_in, f"/security-group.view?id={group.id}", do="add", member="nobody@example.org")
    assert answer.status == 400
    assert "nobody@example.org" in words(answer)


def test_a_user_joins_and_leaves_a_group_on_its_own_page(signed_in, site, analyst):
    group = site.groups.add("Readers", OPERATOR)
    change(signed_in, analyst, "join", group=group.id)
    assert group.memberships.count() == 1
    change(signed_in, analyst, "leave", group=group.id)
    assert group.memberships.count() == 0


def test_who_manages_users_cannot_make_a_site_administrator(manager, analyst):
    from keyhouse.accounts.models import ADMINISTRATORS_ID, Membership

    answers = [
        submit(manager, f"/security-group.view?id={ADMINISTRATORS_ID}", do="add", member=ANALYST),
        change(manager, analyst, "join", group=ADMINISTRATORS_ID),
        submit(manager, "/security-permissions.view", do="assign", role="Site Administrator", principal=ANALYST),
    ]
    assert all("Only a site administrator may" in words(answer) for answer in answers)
    assert not Membership.objects.filter(member_id=analyst.id).exists()


@pytest.mark.parametrize("do", ["deactivate", "delete", "reset"])
def test_who_manages_users_cannot_touch_a_site_administrator(manager, admin, do):
    answer = change(manager, admin, do, confirmed="1")
    assert "Only a site administrator may" in words(answer)
    assert "login-setPassword" not in answer.text
    assert user_of(ADMIN).is_active


def test_a_group_nested_in_administrators_is_as_closed_as_they_are(manager, site, analyst):
    from keyhouse.accounts.models import ADMINISTRATORS_ID, Group

    inner = site.groups.add("Operations", OPERATOR)
    site.groups.add_member(Group.objects.get(id=ADMINISTRATORS_ID), inner, OPERATOR)
    answer = submit(manager, f"/security-group.view?id={inner.id}", do="add", member=ANALYST)
    assert "Only a site administrator may" in words(answer)
    assert inner.memberships.count() == 0


def test_who_manages_users_still_manages_everybody_else(manager, analyst):
    assert change(manager, analyst, "deactivate").status == 303
    assert not user_of(ANALYST).is_active


def test_the_list_tells_who_administers_the_site_also_through_nested_groups(signed_in, site, analyst):
    from keyhouse.accounts.models import ADMINISTRATORS_ID, Group

    inner = site.groups.add("Operations", OPERATOR)
    site.groups.add_member(Group.objects.get(id=ADMINISTRATORS_ID), inner, OPERATOR)
    assert words(signed_in.get("/user-showUsers.view")).count("Site Administrator") == 1
    site.groups.add_member(inner, analyst, OPERATOR)
    assert words(signed_in.get("/user-showUsers.view")).count("Site Administrator") == 2
