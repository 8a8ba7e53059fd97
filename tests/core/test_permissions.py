"""Roles and what they grant: deny by default, and nobody gains by lacking a role."""

from hypothesis import given
from hypothesis import strategies as st

from keyhouse.core.permissions import (
    GRANTS,
    PHI_PERMISSIONS,
    ROLES_THAT_HOLD_EVERYWHERE,
    SITE_ROLES,
    Permission,
    Role,
    granted_by,
)

ROLES = st.frozensets(st.sampled_from(Role))
DATA = {Permission.READ, Permission.INSERT, Permission.UPDATE, Permission.DELETE}


def test_no_role_grants_nothing():
    assert granted_by(frozenset()) == frozenset()


@given(ROLES, ROLES)
def test_more_roles_never_grant_less(some, more):
    assert granted_by(some) <= granted_by(some | more)
    assert granted_by(some) | granted_by(more) == granted_by(some | more)


def test_every_role_says_what_it_grants():
    assert set(GRANTS) == set(Role)
    # PHI is for who was given it, not for who administers.
    assert Role.SITE_ADMINISTRATOR.permissions == frozenset(Permission) - frozenset(PHI_PERMISSIONS.values())


def test_a_troubleshooter_reads_no_data():
    assert not DATA & Role.TROUBLESHOOTER.permissions


def test_only_site_administrators_run_the_server():
    assert [role for role in Role if Permission.ADMIN_OPERATIONS in role.permissions] == [Role.SITE_ADMINISTRATOR]


def test_only_site_roles_manage_users_or_read_the_audit_log():
    for role in set(Role) - SITE_ROLES:
        assert not {Permission.MANAGE_USERS, Permission.READ_AUDIT, Permission.SEE_ADMIN_PAGES} & role.permissions
    assert ROLES_THAT_HOLD_EVERYWHERE < SITE_ROLES


def test_submitters_cannot_read_back_and_readers_cannot_write():
    assert Role.SUBMITTER.permissions == {Permission.INSERT}
    assert Role.READER.permissions == {Permission.READ}


def test_the_wire_knows_roles_and_permissions_by_their_class_names():
    assert Permission.READ.class_name == "org.labkey.api.security.permissions.ReadPermission"
    assert Role.SITE_ADMINISTRATOR.class_name == "org.labkey.api.security.roles.SiteAdminRole"
    assert Role.READER.class_name == "org.labkey.api.security.roles.ReaderRole"
