"""Who may impersonate whom, and that nobody gains a right by it, whatever roles stand where."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyhouse.core.impersonation import Guise, Impersonation
from keyhouse.core.permissions import Permission, Role
from keyhouse.core.principal import Principal
from tests.site import OPERATOR

SHORT_OF_SITE = [role for role in Role if role is not Role.SITE_ADMINISTRATOR]
PLACES = ("/", "/home", "/A", "/A/in", "/A/closed", "/B")


@pytest.fixture
def house(site):
    """Two projects, two users, two groups of the site and one of /A; who has which role is up to the test."""
    folders = {path: site.folders.add(path, OPERATOR) for path in PLACES[2:]}
    site.folders.set_inheritance(folders["/A/closed"], False, OPERATOR)
    users = [site.users.add(f"{name}@example.org", OPERATOR) for name in ("boss", "other", "third")]
    groups = [site.groups.add(name, OPERATOR) for name in ("G", "H")]
    groups.append(site.groups.add("P", OPERATOR, folders["/A"].entity_id))
    return users, groups


def principal_of(user):
    return Principal(user.id, user.email, user.display_name)


def folder(path):
    from keyhouse.authz.folders import find

    return find(path)


def arrange(house, assigned, members):
    from keyhouse.accounts.models import Membership
    from keyhouse.authz.models import RoleAssignment

    users, groups = house
    everyone = [*users, *groups]
    ids = {each.id for each in everyone}
    RoleAssignment.objects.filter(principal_id__in=ids).delete()
    Membership.objects.filter(group_id__in=ids).delete()
    for who, role, path in assigned:
        place = "/" if role.is_site_role else path
        RoleAssignment.objects.get_or_create(folder=folder(place), principal_id=everyone[who].id, role=role.value)
    for group, user in members:
        Membership.objects.get_or_create(group_id=groups[group].id, member_id=users[user].id)


def excess(acting, own):
    """Return what may be done with the first rights and not with the second."""
    from keyhouse.authz.models import Folder

    found = {
        each: acting.permissions_in(each) - own.permissions_in(each)
        for each in Folder.objects.values_list("id", flat=True)
    }
    return {folder_id: more for folder_id, more in found.items() if more}


assignments = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Role)), st.sampled_from(PLACES)), max_size=8)
memberships = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=4)
own_roles = st.lists(st.tuples(st.just(0), st.sampled_from(SHORT_OF_SITE), st.sampled_from(PLACES)), max_size=3)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    assignments,
    own_roles,
    memberships,
    st.sampled_from(Guise),
    st.integers(0, 2),
    st.sets(st.sampled_from(list(Role))),
    st.booleans(),
)
def test_short_of_a_site_administrator_nobody_has_more_rights_than_their_own(
    house, assigned, own, members, guise, target, roles, is_confined
):
    from keyhouse.authz.impersonated import rights_acting
    from keyhouse.authz.rights import rights_of

    users, groups = house
    arrange(house, [*assigned, *own], members)
    boss = principal_of(users[0])
    mine = rights_of(boss)
    if mine.may(Permission.ADMIN_OPERATIONS):
        return
    targets = {Guise.USER: users[target].id, Guise.GROUP: groups[target].id, Guise.ROLES: None}
    project_id = folder("/A").id if is_confined else None
    wanted = Impersonation(boss, guise, "x", targets[guise], tuple(roles), project_id)
    acting = rights_acting(principal_of(users[target]) if guise is Guise.USER else boss, wanted)
    assert not excess(acting, mine)
    if is_confined:
        for path in ("/", "/home", "/B"):
            assert not acting.permissions_in(folder(path).id)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(assignments, own_roles, memberships, st.sampled_from(PLACES))
def test_what_is_offered_is_what_may_be_taken_and_who_administers_nothing_is_offered_nothing(
    house, assigned, own, members, path
):
    from keyhouse.accounts.models import Group, User
    from keyhouse.authz.impersonated import MayNotImpersonate, administrator_in

    arrange(house, [*assigned, *own], members)
    boss = administrator_in(principal_of(house[0][0]), folder(path))

    def may(check, thing):
        try:
            check(thing)
        except MayNotImpersonate:
            return False
        return True

    assert {each.id for each in boss.users()} == {each.id for each in User.objects.all() if may(boss.check_user, each)}
    assert {each.id for each in boss.groups()} == {
        each.id for each in Group.objects.all() if may(boss.check_group, each)
    }
    assert set(boss.roles()) == {role for role in Role if may(boss.check_roles, [role])}
    if not boss.may_impersonate:
        assert not boss.users() and not boss.groups() and not boss.roles()


@pytest.fixture
def as_roles(house):
    def rights(*roles, project=None):
        from keyhouse.authz.impersonated import rights_acting

        boss = principal_of(house[0][0])
        return rights_acting(boss, Impersonation(boss, Guise.ROLES, "x", None, roles, project and folder(project).id))

    return rights


@pytest.fixture
def site_administrator(house):
    arrange(house, [(0, Role.SITE_ADMINISTRATOR, "/")], [])


def test_roles_are_exactly_these_in_every_folder(as_roles, site_administrator):
    acting = as_roles(Role.READER, Role.FULL_PHI_READER)
    for path in PLACES:
        assert acting.roles_in(folder(path).id) == {Role.READER, Role.FULL_PHI_READER}
    assert as_roles(Role.SUBMITTER).folders_with(Permission.READ) == frozenset()


def test_a_role_of_the_site_holds_where_it_would(as_roles, site_administrator):
    everywhere, reading = as_roles(Role.APPLICATION_ADMINISTRATOR), as_roles(Role.TROUBLESHOOTER)
    assert everywhere.may(Permission.ADMIN, folder("/A/closed").id)
    assert reading.may(Permission.READ_AUDIT) and not reading.permissions_in(folder("/home").id)


def test_a_group_has_its_roles_those_of_groups_around_it_and_everybodys(house, site, site_administrator):
    from keyhouse.authz.impersonated import rights_acting

    users, groups = house
    site.assignments.assign(Role.EDITOR, groups[1], "H", folder("/B"), OPERATOR)
    site.groups.add_member(groups[1], groups[0], OPERATOR)
    boss = principal_of(users[0])
    acting = rights_acting(boss, Impersonation(boss, Guise.GROUP, "G", groups[0].id))
    assert acting.roles_in(folder("/B").id) == {Role.EDITOR}
    assert acting.folders_with(Permission.READ) == {2, 3, folder("/B").id}


def test_phi_is_for_who_may_give_it(house):
    from keyhouse.authz.impersonated import MayNotImpersonate, administrator_in

    users, _ = house
    arrange(house, [(0, Role.PROJECT_ADMINISTRATOR, "/A"), (0, Role.LIMITED_PHI_READER, "/A")], [])
    boss = administrator_in(principal_of(users[0]), folder("/A/in"))
    boss.check_roles([Role.READER, Role.LIMITED_PHI_READER])
    with pytest.raises(MayNotImpersonate, match="may not give to others: Full PHI Reader"):
        boss.check_roles([Role.READER, Role.FULL_PHI_READER])
    arrange(house, [(0, Role.APPLICATION_ADMINISTRATOR, "/")], [])
    with pytest.raises(MayNotImpersonate, match="Restricted PHI Reader"):
        administrator_in(principal_of(users[0]), folder("/A")).check_roles([Role.RESTRICTED_PHI_READER])
    arrange(house, [(0, Role.SITE_ADMINISTRATOR, "/")], [])
    administrator_in(principal_of(users[0]), folder("/A")).check_roles([Role.RESTRICTED_PHI_READER])


def test_users_of_a_project_have_something_there_of_their_own(house):
    from keyhouse.authz.impersonated import users_of

    users, groups = house
    arrange(house, [(1, Role.READER, "/A/closed"), (3, Role.READER, "/B")], [(0, 2)])
    assert users_of(folder("/A")) & {each.id for each in users} == {users[1].id}
    assert users[2].id in users_of(folder("/B"))
    arrange(house, [], [(2, 2)])
    assert users[2].id in users_of(folder("/A")), "who belongs to a group of the project is its user"
    assert groups[2].project == folder("/A").entity_id
