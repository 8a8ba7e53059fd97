"""Attack: who administers a part gives themselves, or a friend, what they do not hold, over the client API."""

import pytest

from tests.labkey.conftest import Script
from tests.site import OPERATOR, PASSWORD, Client, issue

ROLES = "org.labkey.api.security.roles."
SITE_ROLES = ("SiteAdminRole", "ApplicationAdminRole", "TroubleshooterRole")


def program(site, front, email, role=None, path="/"):
    from keyhouse.accounts.models import User
    from keyhouse.authz.folders import find

    user = User.objects.filter(email=email).first() or site.users.add(email, OPERATOR, PASSWORD)
    if role is not None:
        site.assignments.assign(role, user, email, find(path), OPERATOR)
    script = Script(Client(front, keeps_cookies=False), issue(site, user))
    script.user = user
    return script


@pytest.fixture
def lab(site):
    """/Lab, and /Lab/closed which inherits nothing."""
    site.folders.add("/Lab", OPERATOR)
    closed = site.folders.add("/Lab/closed", OPERATOR)
    site.folders.set_inheritance(closed, False, OPERATOR)
    return closed


@pytest.fixture
def folder_admin(site, front, lab):
    from keyhouse.core.permissions import Role

    return program(site, front, "pi@example.org", Role.PROJECT_ADMINISTRATOR, "/Lab")


@pytest.fixture
def manager(site, front):
    from keyhouse.core.permissions import Role

    return program(site, front, "manager@example.org", Role.APPLICATION_ADMINISTRATOR)


def everything():
    from keyhouse.accounts.models import Group, Membership, User
    from keyhouse.authz.models import Folder, RoleAssignment

    tables = {
        RoleAssignment: ("folder", "principal", "role"),
        Membership: ("group", "member"),
        Group: ("id", "name", "project"),
        User: ("id", "is_active", "password"),
        Folder: ("id", "path", "inherits"),
    }
    return {table.__name__: set(table.objects.values_list(*names)) for table, names in tables.items()}


def test_a_project_administrator_changes_nothing_of_the_site(folder_admin, admin, analyst, lab):
    before, me = everything(), folder_admin.user.id
    site_id = str(lab.parent.parent.entity_id)
    for path in ("", "/Lab", "/Lab/closed", "/home"):
        for action, body in {
            **{
                f"security-addAssignment.{n}": {"roleClassName": ROLES + r, "principalId": me}
                for n, r in enumerate(SITE_ROLES)
            },
            "security-removeAssignment.api": {"roleClassName": f"{ROLES}SiteAdminRole", "principalId": -1},
            "security-savePolicy.api": {
                "resourceId": site_id,
                "assignments": [{"userId": me, "role": f"{ROLES}SiteAdminRole"}],
            },
            "security-deletePolicy.api": {"resourceId": str(lab.entity_id)},
            "security-addGroupMember.api": {"groupId": -1, "principalIds": me},
            "security-removeGroupMember.api": {"groupId": -1, "principalIds": admin.id},
            "security-bulkUpdateGroup.api": {"groupId": -1, "method": "replace", "members": [{"userId": me}]},
            "security-deleteUser.api": {"id": admin.id},
            "security-adminRotatePassword.api": {"email": admin.email},
            "security-createNewUser.api": {"email": "friend@example.org"},
            "user-deactivateUsers.view": {"userId": admin.id},
            "user-deleteUsers.view": {"userId": analyst.id},
            "core-moveContainer.api": {"container": "/Lab/closed", "parent": "/home"},
        }.items():
            name = action.rpartition(".")[0] + ".api"
            answer = folder_admin.post(f"{path}/{name}", body)
            assert answer.status in {400, 403, 404}, (path, action, answer.status, answer.text)
    assert folder_admin.post("/security-createGroup.api", {"name": "Mine"}).status == 403
    assert folder_admin.post("/core-createContainer.api", {"name": "Mine"}).status == 403
    assert folder_admin.post("/home/core-deleteContainer.api", {}).status == 403
    assert everything() == before


def test_a_group_that_rules_where_one_does_not_takes_no_members_of_ones_own(site, folder_admin, lab):
    from keyhouse.core.permissions import Role

    trusted = site.groups.add("Trusted", OPERATOR, lab.parent.entity_id)
    site.assignments.assign(Role.READER, trusted, trusted.name, lab, OPERATOR)
    before = everything()
    body = {"groupId": trusted.id, "principalIds": folder_admin.user.id}
    assert folder_admin.post("/Lab/security-addGroupMember.api", body).status == 403
    bulk = {"groupName": "Trusted", "method": "add", "members": [{"userId": folder_admin.user.id}]}
    assert folder_admin.post("/Lab/security-bulkUpdateGroup.api", bulk).status == 403
    assert folder_admin.post("/Lab/security-deleteGroup.api", {"id": trusted.id}).status == 403
    assert everything() == before


def test_a_project_group_has_no_roles_in_another_project(site, admin_of_two, lab):
    group = site.groups.add("Team", OPERATOR, lab.parent.entity_id)
    body = {"roleClassName": f"{ROLES}EditorRole", "principalId": group.id}
    assert admin_of_two.post("/Other/security-addAssignment.api", body).status == 400
    resource = admin_of_two.get("/Other/project-getContainers.api").json["id"]
    wanted = [{"userId": group.id, "role": f"{ROLES}EditorRole"}]
    policy = {"resourceId": resource, "assignments": wanted}
    assert admin_of_two.post("/Other/security-savePolicy.api", policy).status == 400
    assert admin_of_two.post("/Lab/security-addAssignment.api", body).status == 200


@pytest.fixture
def admin_of_two(site, front, lab):
    from keyhouse.core.permissions import Role

    site.folders.add("/Other", OPERATOR)
    program(site, front, "two@example.org", Role.PROJECT_ADMINISTRATOR, "/Lab")
    return program(site, front, "two@example.org", Role.PROJECT_ADMINISTRATOR, "/Other")


def test_who_manages_users_cannot_become_or_touch_a_site_administrator(site, manager, admin):
    from keyhouse.accounts.groups import find

    me = manager.user.id
    inner = site.groups.add("Operators", OPERATOR)
    site.groups.add_member(find("Administrators"), inner, OPERATOR)
    before = everything()
    for action, body in {
        "security-addGroupMember": {"groupId": -1, "principalIds": me},
        "security-bulkUpdateGroup": {"groupId": inner.id, "method": "add", "members": [{"userId": me}]},
        "security-renameGroup": {"id": inner.id, "newName": "Mine"},
        "security-deleteGroup": {"id": inner.id},
        "security-addAssignment": {"roleClassName": f"{ROLES}SiteAdminRole", "principalId": me},
        "security-clearAssignedRoles": {"principalId": -1},
        "security-adminRotatePassword": {"email": admin.email},
        "security-deleteUser": {"id": admin.id},
        "user-deactivateUsers": {"userId": admin.id},
        "user-deleteUsers": {"userId": [admin.id]},
    }.items():
        answer = manager.post(f"/{action}.api", body)
        assert answer.status in {400, 403}, (action, answer.text)
    assert manager.post("/security-addGroupMember.api", {"groupId": inner.id, "principalIds": me}).status == 403
    assert everything() == before


def test_who_manages_users_cannot_open_a_session_of_an_administrator_who_was_deactivated(site, manager, admin):
    other = site.users.add("other@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    site.users.deactivate(other, OPERATOR)
    assert manager.post("/user-activateUsers.api", {"userId": other.id}).status == 403
    other.refresh_from_db()
    assert not other.is_active


def test_a_refusal_is_written_down_and_survives_the_rollback(manager, admin):
    from keyhouse.audit.models import AuditEvent

    manager.post("/security-addGroupMember.api", {"groupId": -1, "principalIds": manager.user.id})
    refused = AuditEvent.objects.filter(kind="access refused", user="manager@example.org")
    assert "rights which you do not have" in refused.get().comment


def test_an_old_path_tells_nothing_to_who_may_not_read_the_new_one(site, front, admin, analyst, lab):
    boss = Script(Client(front, keeps_cookies=False), issue(site, admin))
    assert boss.post("/Lab/admin-renameContainer.api", {"name": "Hidden"}).status == 200
    stranger = Script(Client(front, keeps_cookies=False), issue(site, analyst))
    known, unknown = (stranger.get(f"/{name}/project-getContainers.api") for name in ("Lab", "Nowhere"))
    assert (known.status, unknown.status) == (404, 404)
    assert known.text.replace("Lab", "Nowhere") == unknown.text
