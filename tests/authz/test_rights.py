"""Who may do what where: deny by default, groups in groups, folders that inherit or break."""

import pytest

from keyhouse.core.permissions import Permission, Role
from keyhouse.core.principal import GUEST, Principal
from tests.site import OPERATOR

DATA = (Permission.READ, Permission.INSERT, Permission.UPDATE, Permission.DELETE)


@pytest.fixture
def rights(site):
    from keyhouse.authz.rights import rights_of

    return lambda user: rights_of(GUEST if user is None else Principal(user.id, user.email, ""))


@pytest.fixture
def folder(site):
    return lambda path: site.folders.add(path, OPERATOR)


@pytest.fixture
def assign(site):
    return lambda role, to, where: site.assignments.assign(role, to, str(to), where, OPERATOR)


@pytest.fixture
def group(site):
    def make(name, *members):
        made = site.groups.add(name, OPERATOR)
        for member in members:
            site.groups.add_member(made, member, OPERATOR)
        return made

    return make


def test_nothing_is_permitted_by_default(rights, folder, analyst):
    assert rights(analyst).permissions_in(folder("/Lab").id) == frozenset()


def test_guests_may_do_nothing_anywhere(site, rights):
    for permission in Permission:
        assert rights(None).folders_with(permission) == frozenset()


def test_who_has_signed_in_reads_home_and_shared(rights, analyst):
    assert rights(analyst).folders_with(Permission.READ) == {2, 3}
    assert rights(analyst).folders_with(Permission.INSERT) == frozenset()


def test_a_role_reaches_through_groups_in_groups(rights, folder, assign, group, analyst):
    lab = folder("/Lab")
    outer = group("Outer", group("Middle", group("Inner", analyst)))
    assign(Role.EDITOR, outer, lab)
    assert rights(analyst).roles_in(lab.id) == {Role.EDITOR}


def test_groups_in_a_circle_do_no_harm(site, rights, folder, assign, group, analyst):
    from keyhouse.accounts.models import Membership
    from keyhouse.accounts.names import AccountError

    lab = folder("/Lab")
    one = group("One", analyst)
    two = group("Two", one)
    three = group("Three", two)
    with pytest.raises(AccountError, match="circular"):
        site.groups.add_member(one, three, OPERATOR)
    # A circle that came by another way, as by a restored database.
    Membership.objects.create(group=one, member_id=three.id)
    assign(Role.READER, three, lab)
    assert rights(analyst).roles_in(lab.id) == {Role.READER}


def test_leaving_a_group_holds_at_once(site, rights, folder, assign, group, analyst):
    lab, team = folder("/Lab"), group("Team", analyst)
    assign(Role.READER, team, lab)
    assert rights(analyst).may(Permission.READ, lab.id)
    site.groups.remove_member(team, analyst, OPERATOR)
    assert not rights(analyst).may(Permission.READ, lab.id)


def test_a_role_holds_below_its_folder_until_one_breaks(site, rights, folder, assign, analyst):
    lab, sub = folder("/Lab"), folder("/Lab/Sub")
    deep = folder("/Lab/Sub/Deep")
    assign(Role.READER, analyst, lab)
    assert all(rights(analyst).may(Permission.READ, each.id) for each in (lab, sub, deep))
    site.folders.set_inheritance(sub, False, OPERATOR)
    assert [rights(analyst).may(Permission.READ, each.id) for each in (lab, sub, deep)] == [True, False, False]
    site.folders.set_inheritance(sub, True, OPERATOR)
    assert rights(analyst).may(Permission.READ, deep.id)


def test_a_role_in_a_folder_does_not_reach_its_parent_or_siblings(rights, folder, assign, analyst):
    lab, sub, other = folder("/Lab"), folder("/Lab/Sub"), folder("/Lab/Other")
    assign(Role.FOLDER_ADMINISTRATOR, analyst, sub)
    assert not rights(analyst).permissions_in(lab.id) and not rights(analyst).permissions_in(other.id)
    assert not rights(analyst).permissions_in(1)


@pytest.mark.parametrize("role", [Role.SITE_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR])
def test_site_administrators_hold_even_where_inheritance_is_broken(site, rights, folder, assign, analyst, role):
    from keyhouse.authz.folders import root

    lab, sub = folder("/Lab"), folder("/Lab/Sub")
    for each in (lab, sub):
        site.folders.set_inheritance(each, False, OPERATOR)
    assign(role, analyst, root())
    assert all(rights(analyst).may(permission, sub.id) for permission in DATA)
    assert rights(analyst).may(Permission.ADMIN_OPERATIONS) == (role is Role.SITE_ADMINISTRATOR)


def test_a_troubleshooter_sees_admin_pages_and_no_data(site, rights, folder, assign, analyst):
    from keyhouse.authz.folders import root

    lab = folder("/Lab")
    assign(Role.TROUBLESHOOTER, analyst, root())
    assert rights(analyst).may(Permission.SEE_ADMIN_PAGES)
    assert not rights(analyst).permissions_in(lab.id)
    assert not any(rights(analyst).may(permission) for permission in DATA)


@pytest.mark.parametrize("role", [Role.SITE_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR, Role.TROUBLESHOOTER])
def test_site_roles_are_assigned_in_the_root_alone(site, folder, assign, analyst, role):
    from keyhouse.authz.assignments import RoleError

    with pytest.raises(RoleError):
        assign(role, analyst, folder("/Lab"))


def test_administrators_cannot_lose_their_role(site):
    from keyhouse.accounts.groups import find
    from keyhouse.authz.assignments import RoleError
    from keyhouse.authz.folders import root

    with pytest.raises(RoleError):
        site.assignments.remove(Role.SITE_ADMINISTRATOR, find("Administrators"), "Administrators", root(), OPERATOR)


def test_a_grant_to_guests_holds_for_everybody(rights, folder, assign, analyst):
    from keyhouse.accounts.groups import find

    lab = folder("/Open")
    assign(Role.READER, find("Guests"), lab)
    assert rights(None).may(Permission.READ, lab.id) and rights(analyst).may(Permission.READ, lab.id)


def test_a_role_that_this_version_does_not_know_grants_nothing(rights, folder, analyst):
    from keyhouse.authz.models import RoleAssignment

    lab = folder("/Lab")
    RoleAssignment.objects.create(folder=lab, principal_id=analyst.id, role="Emperor")
    assert rights(analyst).permissions_in(lab.id) == frozenset()


def test_all_that_a_principal_may_see_is_one_query(rights, folder, assign, group, analyst):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for number in range(20):
        assign(Role.READER, group(f"Group {number}", analyst), folder(f"/Lab{number}"))
    with CaptureQueriesContext(connection) as queries:
        assert len(rights(analyst).folders_with(Permission.READ)) == 22
    assert len(queries) == 1


def test_each_check_reads_the_store_anew(site, client, rights, folder, assign, analyst):
    from tests.site import issue

    lab = folder("/Lab")
    key = issue(site, analyst)
    assign(Role.READER, analyst, lab)
    assert client.get("/Lab/query-getSchemas.api", {"apikey": key}).status == 200
    site.assignments.remove(Role.READER, analyst, analyst.email, lab, OPERATOR)
    assert client.get("/Lab/query-getSchemas.api", {"apikey": key}).status == 403


@pytest.mark.parametrize("text", ["reader", "READER", "Reader"])
def test_roles_are_found_by_any_spelling(text):
    from keyhouse.authz.assignments import RoleError, find_role

    assert find_role(text) is Role.READER
    assert find_role("site-administrator") is find_role("Site Admin") is Role.SITE_ADMINISTRATOR
    with pytest.raises(RoleError, match="Roles: Site Administrator"):
        find_role("emperor")
