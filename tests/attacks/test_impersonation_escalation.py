"""Attack: who may impersonate a little reaches for more: other rights, keys that stay, the next impersonation."""

import pytest

from keyhouse.core.permissions import Role
from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in

ROLES = "org.labkey.api.security.roles."
PHI = [role.class_name for role in (Role.LIMITED_PHI_READER, Role.FULL_PHI_READER, Role.RESTRICTED_PHI_READER)]
ALREADY = "Can't impersonate; you're already impersonating"


@pytest.fixture
def study(site, analyst):
    """A project in which the analyst reads, with a folder beside it for nobody."""
    folder = site.folders.add("/Study", OPERATOR)
    site.folders.add("/Other", OPERATOR)
    site.assignments.assign(Role.READER, analyst, analyst.email, folder, OPERATOR)
    return folder


def somebody(site, front, email, role=None, path="/"):
    from keyhouse.authz.folders import find

    user = site.users.add(email, OPERATOR, PASSWORD)
    if role is not None:
        site.assignments.assign(role, user, email, find(path), OPERATOR)
    browser = Client(front)
    sign_in(browser, email)
    browser.user = user
    return browser


@pytest.fixture
def leader(site, front, study):
    """Who administers /Study and nothing else."""
    return somebody(site, front, "leader@example.org", Role.PROJECT_ADMINISTRATOR, "/Study")


@pytest.fixture
def manager(site, front, study):
    """An Application Administrator."""
    return somebody(site, front, "manager@example.org", Role.APPLICATION_ADMINISTRATOR)


def start(browser, folder="", **body):
    kind = "Roles" if "roleNames" in body else "Group" if "groupId" in body else "User"
    return browser.post(f"{folder}/user-impersonate{kind}.api", json=body)


def who(client, headers=None):
    told = client.get("/login-whoAmI.api", headers).json
    return told["email"], told["impersonated"]


def roles_in(browser, folder):
    return browser.get(f"{folder}/security-getUserPerms.api").json["container"]["roles"]


def test_an_ordinary_user_becomes_nobody(site, front, admin, analyst, study):
    browser = Client(front)
    sign_in(browser, analyst.email)
    for folder in ("", "/home", "/Study"):
        for body in ({"userId": admin.id}, {"groupId": -1}, {"roleNames": [f"{ROLES}SiteAdminRole"]}):
            assert start(browser, folder, **body).status == 403
    assert who(browser) == (analyst.email, False)


@pytest.mark.parametrize("folder", ["", "/home", "/Study", "/Other"])
def test_a_project_administrator_becomes_no_administrator_of_the_site(leader, admin, folder):
    for body in ({"userId": admin.id}, {"groupId": -1}, *({"roleNames": [each]} for each in _site_roles())):
        assert start(leader, folder, **body).status in {400, 403}
    assert who(leader) == ("leader@example.org", False)


def _site_roles():
    return [role.class_name for role in Role if role.is_site_role]


def test_a_site_administrator_who_works_in_the_project_lends_only_what_the_impersonator_has(site, leader, admin, study):
    site.assignments.assign(Role.EDITOR, admin, admin.email, study, OPERATOR)
    site.assignments.assign(Role.RESTRICTED_PHI_READER, admin, admin.email, study, OPERATOR)
    assert start(leader, "/Study", userId=admin.id).status == 200
    assert roles_in(leader, "/Study") == [f"{ROLES}EditorRole"]
    for path in (
        "/admin-showAdmin.view",
        "/admin-customizeSite.view",
        "/user-showUsers.view",
        "/audit-showAuditLog.view",
    ):
        assert leader.get(path).status == 403
    for folder in ("/Other", "/home", "/Shared"):
        assert leader.get(f"{folder}/project-getContainers.api").status == 403


def test_confinement_holds_from_whatever_folder_roles_are_adjusted(leader):
    assert start(leader, "/Study", roleNames=[f"{ROLES}ReaderRole"]).status == 200
    for folder in ("/home", "/Other", ""):
        assert start(leader, folder, roleNames=[f"{ROLES}EditorRole"]).status == 403
    assert start(leader, "/Study", roleNames=[f"{ROLES}EditorRole"]).status == 200
    assert leader.get("/home/project-getContainers.api").status == 403


@pytest.mark.parametrize("role", PHI)
def test_nobody_gets_phi_by_trying_the_role_on(leader, manager, role):
    for browser, folder in ((leader, "/Study"), (manager, "")):
        assert start(browser, folder, roleNames=[f"{ROLES}ReaderRole", role]).status == 400
        assert not who(browser)[1]


def test_an_application_administrator_sees_no_phi_through_a_user_or_a_group_that_may(site, manager, analyst, study):
    from keyhouse.core.permissions import Permission

    group = site.groups.add("Readers of everything", OPERATOR)
    for role in (Role.READER, Role.RESTRICTED_PHI_READER):
        site.assignments.assign(role, group, group.name, study, OPERATOR)
    site.groups.add_member(group, analyst, OPERATOR)
    restricted = Permission.RESTRICTED_PHI.class_name
    for body in ({"userId": analyst.id}, {"groupId": group.id}):
        assert start(manager, **body).status == 200
        mine = manager.get("/Study/security-getUserPerms.api").json["container"]
        assert restricted not in mine["effectivePermissions"]
        manager.post("/login-stopImpersonatingApi.api", json={})


def test_rights_that_are_not_ones_own_cannot_be_given_away_meanwhile(site, manager, admin):
    assert start(manager, userId=admin.id).status == 200
    give = {"roleClassName": f"{ROLES}SiteAdminRole", "principalId": manager.user.id}
    assert manager.post("/security-addAssignment.api", json=give).status in {400, 403}
    member = {"groupId": -1, "principalIds": [manager.user.id]}
    assert manager.post("/security-addGroupMember.api", json=member).status in {400, 403}
    manager.post("/login-stopImpersonatingApi.api", json={})
    assert roles_in(manager, "") == [f"{ROLES}ApplicationAdminRole"]


def test_no_key_of_either_kind_is_left_behind(site, manager, analyst):
    from keyhouse.keys.models import ApiKey, SessionKey

    set_site(site, allowApiKeys=True, allowSessionKeys=True, apiKeysMayIssueKeys=True)
    for body in ({"userId": analyst.id}, {"groupId": -2}, {"roleNames": [f"{ROLES}ReaderRole"]}):
        assert start(manager, **body).status == 200
        for kind in ("apikey", "session"):
            assert manager.post("/security-createApiKey.api", json={"type": kind}).status == 403
            assert manager.post("/security-externalToolsView.view", form={"type": kind}).status == 400
        manager.post("/login-stopImpersonatingApi.api", json={})
    assert not ApiKey.objects.exists() and not SessionKey.objects.exists()


def test_a_key_that_may_issue_keys_issues_none_for_somebody_else(site, front, admin, analyst):
    from keyhouse.keys.models import ApiKey

    set_site(site, allowApiKeys=True, apiKeysMayIssueKeys=True)
    script, headers = Client(front), {"apikey": issue(site, admin)}
    assert script.post("/user-impersonateUser.api", headers, json={"userId": analyst.id}).status == 200
    for action in ("security-createApiKey", "security-rotateApiKey"):
        assert script.post(f"/{action}.api", headers, json={"type": "apikey"}).status == 403
    assert ApiKey.objects.count() == 1


def test_one_impersonation_is_no_step_to_the_next(site, manager, admin, leader, analyst):
    assert start(manager, userId=leader.user.id).status == 200
    for folder in ("", "/Study"):
        assert start(manager, folder, userId=analyst.id).json["exception"] == ALREADY
        assert start(manager, folder, groupId=-2).json["exception"] == ALREADY
        assert start(manager, folder, roleNames=[f"{ROLES}EditorRole"]).json["exception"] == ALREADY
    assert who(manager) == (leader.user.email, True)


def test_the_password_of_whom_one_impersonates_stays_theirs(site, front, admin, analyst):
    browser = Client(front)
    sign_in(browser, admin.email)
    start(browser, userId=analyst.id)
    form = {"oldpassword": PASSWORD, "password1": "a brand new secret 1", "password2": "a brand new secret 1"}
    assert browser.post("/login-changePassword.view", form=form).status == 403
    browser.post("/login-logoutApi.api", json={})
    sign_in(browser, analyst.email)


def test_a_cookie_that_names_an_impersonation_cannot_be_made_or_carried_to_another_key(site, front, admin, analyst):
    from keyhouse.sessions.models import ImpersonationRow

    script, mine = Client(front), {"apikey": issue(site, admin)}
    script.post("/user-impersonateUser.api", mine, json={"userId": analyst.id})
    good = script.cookies["JSESSIONID"]
    acting_id = ImpersonationRow.objects.get().cookie_id
    other = Client(front)
    theirs = {"apikey": issue(site, analyst)}
    other.get("/login-whoAmI.api", theirs)
    own = other.cookies["JSESSIONID"]
    prefix, kind, name, opened, issued, signature = own.split(".")
    forged = [
        ".".join([prefix, kind, f"{name}~{acting_id}", opened, issued, signature]),
        ".".join([*good.split(".")[:2], name, *good.split(".")[3:]]),
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace(acting_id, "0" * len(acting_id)),
    ]
    for cookie in forged:
        other.cookies["JSESSIONID"] = cookie
        assert who(other, theirs) == (analyst.email, False)
        other.cookies["JSESSIONID"] = cookie
        assert who(other) == ("guest", False)
    # A real one beside another person's key: nobody knows who was meant.
    other.cookies["JSESSIONID"] = good
    assert other.get("/login-whoAmI.api", theirs).status == 400


def test_the_cookie_ends_with_the_key_and_stopping_does_not_keep_it_young(site, front, admin, analyst):
    from keyhouse.keys.models import ApiKey

    script, headers = Client(front), {"apikey": issue(site, admin)}
    script.post("/user-impersonateUser.api", headers, json={"userId": analyst.id})
    before = script.cookies["JSESSIONID"].split(".")[3:5]
    assert who(script) == (analyst.email, True)
    script.post("/login-stopImpersonatingApi.api", json={})
    script.post("/user-impersonateUser.api", json={"userId": analyst.id})
    assert script.cookies["JSESSIONID"].split(".")[3:5] == before
    cookie = script.cookies["JSESSIONID"]
    site.api_keys.revoke(list(ApiKey.objects.all()), OPERATOR)
    assert script.get("/login-whoAmI.api").status == 401
    script.cookies["JSESSIONID"] = cookie
    assert script.post("/home/query-selectRows.api", json={}).status == 401


def lose_right(site, manager, analyst, study):
    from keyhouse.authz.folders import root

    site.assignments.remove(Role.APPLICATION_ADMINISTRATOR, manager.user, manager.user.email, root(), OPERATOR)


@pytest.mark.parametrize("via", ["browser", "key"])
def test_who_loses_the_right_is_stopped_at_the_next_request(site, front, manager, analyst, study, via):
    from keyhouse.audit.models import AuditEvent

    headers = {"apikey": issue(site, manager.user)} if via == "key" else None
    caller = Client(front) if via == "key" else manager
    assert caller.post("/user-impersonateUser.api", headers, json={"userId": analyst.id}).status == 200
    assert who(caller, headers) == (analyst.email, True)
    lose_right(site, manager, analyst, study)
    stopped = caller.post("/home/query-selectRows.api", headers, json={"schemaName": "core", "queryName": "Users"})
    assert (stopped.status, stopped.json["reason"]) == (403, "impersonation_ended")
    assert who(caller, headers) == (manager.user.email, False)
    last = AuditEvent.objects.filter(kind="impersonation stopped").latest("sequence")
    assert (last.user, last.reason) == (manager.user.email, "impersonation_ended")


def test_an_impersonation_whose_target_or_project_goes_does_not_become_one_of_the_whole_site(
    site, leader, manager, analyst, study
):
    group = site.groups.add("Lab", OPERATOR)
    assert start(manager, groupId=group.id).status == 200
    site.groups.delete(group, OPERATOR)
    assert manager.get("/user-showUsers.view").status == 403
    assert manager.get("/user-showUsers.view").status == 200
    assert start(leader, "/Study", roleNames=[f"{ROLES}ReaderRole"]).status == 200
    site.folders.delete(study, OPERATOR)
    ended = leader.get("/login-whoAmI.api")
    assert (ended.status, ended.json["reason"]) == (403, "impersonation_ended")
    assert who(leader) == ("leader@example.org", False)


def test_who_regains_only_a_project_does_not_go_on_everywhere(site, manager, analyst, study):
    assert start(manager, userId=analyst.id).status == 200
    lose_right(site, manager, analyst, study)
    site.assignments.assign(Role.PROJECT_ADMINISTRATOR, manager.user, manager.user.email, study, OPERATOR)
    assert manager.get("/home/project-getContainers.api").json["reason"] == "impersonation_ended"
    assert who(manager) == (manager.user.email, False)
