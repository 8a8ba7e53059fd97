"""Acting as a user, a group or with roles over the client API (labkey-server.md, sections 1.3, 1.6 and 6)."""

import pytest
from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in

ROLES = "org.labkey.api.security.roles."
OWN_KEYS = {"schemaName": "core", "queryName": "UserApiKeys"}


@pytest.fixture
def browser(client, admin):
    """A browser in which the administrator has signed in."""
    sign_in(client, admin.email)
    return client


@pytest.fixture
def program(site, front, admin):
    """A program that shows its key with every request, and keeps cookies, as the Python client does."""
    made = Client(front)
    key = issue(site, admin)
    made.get("/login-whoAmI.api", {"apikey": key})

    class Program:
        client = made

        def get(self, path, **query):
            return made.get(path, {"apikey": key}, **query)

        def post(self, path, **how):
            return made.post(path, {"apikey": key}, **how)

    return Program()


@pytest.fixture
def group(site, analyst):
    made = site.groups.add("Lab", OPERATOR)
    site.groups.add_member(made, analyst, OPERATOR)
    return made


@pytest.fixture
def lab(site, group):
    """A project whose editors are the group."""
    from keyhouse.core.permissions import Role

    folder = site.folders.add("/Study", OPERATOR)
    site.assignments.assign(Role.EDITOR, group, group.name, folder, OPERATOR)
    return folder


@pytest.fixture
def project_admin(site, front, lab):
    """A browser of who administers /Study and nothing else."""
    from keyhouse.core.permissions import Role

    user = site.users.add("pi@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.PROJECT_ADMINISTRATOR, user, user.email, lab, OPERATOR)
    made = Client(front)
    sign_in(made, user.email)
    return made


def who(client):
    told = client.get("/login-whoAmI.api").json
    return told["email"], told["impersonated"]


def said(answer):
    return answer.status, answer.json["exception"]


def comments(kind):
    from keyhouse.audit.models import AuditEvent

    events = AuditEvent.objects.filter(kind=kind).order_by("sequence")
    return [(event.user, event.impersonator_id, event.comment) for event in events]


@pytest.mark.parametrize("asked", ["email", "userId"])
def test_an_administrator_becomes_a_user_and_is_themselves_again(browser, admin, analyst, asked):
    form = {"email": "Analyst@Example.org"} if asked == "email" else {"userId": analyst.id}
    assert browser.post("/user-impersonateUser.api", form=form).json == {"success": True}
    assert who(browser) == (analyst.email, True)
    assert browser.get("/user-showUsers.view").status == 403
    stopped = browser.post("/login-stopImpersonating.api", json=[])
    assert (stopped.status, stopped.header("Location")) == (302, "/labkey/home/project-begin.view")
    assert who(browser) == (admin.email, False)
    assert browser.get("/user-showUsers.view").status == 200


@pytest.mark.parametrize("kind", ["browser", "program"])
def test_it_goes_on_in_a_browser_and_with_a_key_and_its_cookie(request, kind, admin, analyst):
    caller = request.getfixturevalue(kind)
    assert caller.post("/user-impersonateUser.api", json={"userId": analyst.id}).json == {"success": True}
    assert [who(caller) for _ in range(2)] == [(analyst.email, True)] * 2
    assert caller.post("/login-stopImpersonatingApi.api", json={}).json == {"success": True}
    assert who(caller) == (admin.email, False)
    assert caller.post("/user-impersonateUser.api", json={"email": analyst.email}).json == {"success": True}
    assert who(caller) == (analyst.email, True)


def test_a_program_that_drops_its_cookies_is_itself_again(program, front, admin, analyst):
    program.post("/user-impersonateUser.api", json={"userId": analyst.id})
    program.client.cookies.pop("JSESSIONID")
    assert who(program) == (admin.email, False)


def test_it_goes_on_with_a_password_that_is_sent_along(front, admin, analyst):
    import base64

    basic = {"Authorization": "Basic " + base64.b64encode(f"{admin.email}:{PASSWORD}".encode()).decode()}
    script = Client(front)
    script.get("/login-whoAmI.api", basic)
    assert script.post("/user-impersonateUser.api", basic, json={"userId": analyst.id}).json == {"success": True}
    told = script.get("/login-whoAmI.api", basic).json
    assert (told["email"], told["impersonated"]) == (analyst.email, True)
    assert script.post("/login-stopImpersonating.api", basic, json=[]).status == 302
    assert script.get("/login-whoAmI.api", basic).json["impersonated"] is False


def test_nothing_to_stop_is_no_error(program, browser):
    page = browser.post("/login-stopImpersonating.api", json=[])
    assert (page.status, page.header("Content-Type")) == (200, "text/html; charset=utf-8")
    assert "You are not impersonating" in page.text
    assert browser.post("/login-stopImpersonatingApi.api", json={}).json == {"success": True}


def test_a_link_does_not_stop_it(browser, analyst):
    browser.post("/user-impersonateUser.api", json={"userId": analyst.id})
    assert browser.get("/login-stopImpersonating.api").status == 405
    assert who(browser)[1] is True


def test_where_it_began_is_where_it_leads_back_to(browser, analyst):
    back = "/labkey/Shared/project-begin.view"
    browser.post("/user-impersonateUser.api", json={"userId": analyst.id, "returnUrl": back})
    assert browser.post("/login-stopImpersonating.api", json=[]).header("Location") == back
    browser.post("/user-impersonateUser.api", json={"userId": analyst.id, "returnUrl": "https://evil.example/"})
    home = browser.post("/login-stopImpersonating.api", form={"returnUrl": "//evil.example/"}).header("Location")
    assert home == "/labkey/home/project-begin.view"


def test_what_is_wrong_with_a_request_is_told_in_the_originals_words(browser, site, admin, analyst, group):
    site.users.deactivate(site.users.add("gone@example.org", OPERATOR), OPERATOR)
    user, of_group, roles = (f"/home/user-impersonate{kind}.api" for kind in ("User", "Group", "Roles"))
    for url, body, text in (
        (user, {}, "Must specify an email or userId"),
        (user, {"email": "nobody@example.org"}, "User doesn't exist"),
        (user, {"userId": 4711}, "User doesn't exist"),
        (user, {"userId": admin.id}, "Can't impersonate yourself"),
        (user, {"email": "gone@example.org"}, "Can't impersonate this user"),
        (of_group, {}, "Must specify a group ID"),
        (of_group, {"groupId": 4711}, "Group doesn't exist"),
        (of_group, {"groupId": -3}, "You are not allowed to impersonate this group"),
        (roles, {}, "Must provide roles"),
        (roles, {"roleNames": []}, "Must provide roles"),
        (roles, {"roleNames": [f"{ROLES}Nonsense"]}, f"Role not found: {ROLES}Nonsense"),
        (
            roles,
            {"roleNames": [f"{ROLES}ReaderRole", f"{ROLES}SiteAdminRole"]},
            "You are not allowed to impersonate site roles and project roles at the same time",
        ),
    ):
        assert said(browser.post(url, json=body)) == (400, text)
        assert who(browser) == (admin.email, False)


def test_who_administers_nothing_is_refused(site, client, script, analyst, admin):
    for kind, body in (
        ("User", {"userId": admin.id}),
        ("Group", {"groupId": -1}),
        ("Roles", {"roleNames": [f"{ROLES}ReaderRole"]}),
    ):
        assert script.post(f"/home/user-impersonate{kind}.api", body).status == 403
        assert client.post(f"/home/user-impersonate{kind}.api", json=body).status == 401
    for kind in ("Users", "Groups", "Roles"):
        assert script.get(f"/home/user-getImpersonation{kind}.api").status == 403


def test_a_folder_administrator_impersonates_nobody(site, front, lab, analyst):
    from keyhouse.core.permissions import Role

    user = site.users.add("fa@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, user, user.email, lab, OPERATOR)
    browser = Client(front)
    sign_in(browser, user.email)
    ask = "/Study/user-impersonate"
    assert said(browser.post(f"{ask}User.api", json={"userId": analyst.id})) == (400, "Can't impersonate this user")
    group_text = "You are not allowed to impersonate this group"
    assert said(browser.post(f"{ask}Group.api", json={"groupId": -2})) == (400, group_text)
    role_text = "You are not allowed to impersonate a role in this project"
    assert said(browser.post(f"{ask}Roles.api", json={"roleNames": [f"{ROLES}ReaderRole"]})) == (400, role_text)
    assert browser.get("/Study/user-getImpersonationUsers.api").json == {"users": []}


def test_no_other_user_or_group_can_be_taken_meanwhile(browser, site, admin, analyst, group):
    other = site.users.add("other@example.org", OPERATOR)
    text = "Can't impersonate; you're already impersonating"
    for start, body in (
        ("User", {"userId": analyst.id}),
        ("Group", {"groupId": group.id}),
        ("Roles", {"roleNames": [f"{ROLES}ReaderRole"]}),
    ):
        browser.post(f"/user-impersonate{start}.api", json=body)
        assert said(browser.post("/user-impersonateUser.api", json={"userId": other.id})) == (400, text)
        assert said(browser.post("/user-impersonateGroup.api", json={"groupId": -1})) == (400, text)
        if start != "Roles":
            body = {"roleNames": [f"{ROLES}SiteAdminRole"]}
            assert said(browser.post("/user-impersonateRoles.api", json=body)) == (400, text)
        browser.post("/login-stopImpersonatingApi.api", json={})


def test_a_group_gives_its_rights_and_those_of_everybody_to_the_administrator(browser, admin, group, lab):
    assert browser.post("/user-impersonateGroup.api", json={"groupId": group.id}).json == {"success": True}
    assert who(browser) == (admin.email, True)
    mine = browser.get("/Study/security-getUserPerms.api").json["container"]
    assert mine["roles"] == [f"{ROLES}EditorRole"]
    assert browser.get("/home/project-getContainers.api").status == 200
    assert browser.get("/Study/security-getGroupPerms.api").status == 403


def test_roles_are_exactly_those_and_can_be_adjusted(browser, admin, lab):
    body = {"roleNames": [f"{ROLES}ReaderRole"]}
    assert browser.post("/user-impersonateRoles.api", json=body).json == {"success": True}
    assert who(browser) == (admin.email, True)
    perms = "/Study/security-getUserPerms.api"
    assert browser.get(perms).json["container"]["roles"] == [f"{ROLES}ReaderRole"]
    listed = browser.get("/user-getImpersonationRoles.api").json["roles"]
    assert [each["displayName"] for each in listed if each["selected"]] == ["Reader"]
    form = {"roleNames": [f"{ROLES}ReaderRole", f"{ROLES}SubmitterRole"]}
    assert browser.post("/user-impersonateRoles.api", form=form).json == {"success": True}
    assert browser.get(perms).json["container"]["roles"] == [f"{ROLES}ReaderRole", f"{ROLES}SubmitterRole"]
    assert browser.post("/login-stopImpersonating.api", json=[]).status == 302


def test_the_lists_tell_whom_one_may_impersonate(browser, site, admin, analyst, group):
    users = browser.get("/user-getImpersonationUsers.api").json["users"]
    assert users == [{"userId": analyst.id, "email": analyst.email, "displayName": "analyst", "active": True}]
    groups = browser.get("/user-getImpersonationGroups.api").json["groups"]
    assert {"groupId": group.id, "displayName": "Site: Lab"} in groups
    assert -3 not in {each["groupId"] for each in groups}
    roles = {each["displayName"]: each for each in browser.get("/user-getImpersonationRoles.api").json["roles"]}
    assert roles["Submitter"] == {
        "displayName": "Submitter",
        "roleName": f"{ROLES}SubmitterRole",
        "hasRead": False,
        "selected": False,
    }
    assert "Site Administrator" in roles


def test_a_project_administrator_is_confined_to_users_groups_and_roles_of_the_project(
    project_admin, site, admin, analyst, group, lab
):
    listed = {path: project_admin.get(f"/Study/user-getImpersonation{path}.api").json for path in ("Users", "Roles")}
    assert [each["email"] for each in listed["Users"]["users"]] == [analyst.email]
    assert not {"Site Administrator", "Troubleshooter"} & {each["displayName"] for each in listed["Roles"]["roles"]}
    ask = "/Study/user-impersonate"
    assert said(project_admin.post(f"{ask}User.api", json={"userId": admin.id})) == (400, "Can't impersonate this user")
    site_role = {"roleNames": [f"{ROLES}TroubleshooterRole"]}
    text = "You are not allowed to impersonate site roles"
    assert said(project_admin.post(f"{ask}Roles.api", json=site_role)) == (400, text)
    assert project_admin.post(f"{ask}User.api", json={"userId": analyst.id}).json == {"success": True}
    assert who(project_admin) == (analyst.email, True)
    assert project_admin.get("/Study/project-getContainers.api").status == 200
    assert project_admin.get("/home/project-getContainers.api").status == 403


def test_an_application_administrator_takes_no_privileged_role(site, front, admin, analyst):
    from keyhouse.authz.folders import root
    from keyhouse.core.permissions import Role

    manager = site.users.add("manager@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.APPLICATION_ADMINISTRATOR, manager, manager.email, root(), OPERATOR)
    browser = Client(front)
    sign_in(browser, manager.email)
    body = {"roleNames": [f"{ROLES}SiteAdminRole"]}
    text = "You are not allowed to impersonate site roles"
    assert said(browser.post("/user-impersonateRoles.api", json=body)) == (400, text)
    text = "You are not allowed to impersonate this group"
    assert said(browser.post("/user-impersonateGroup.api", json={"groupId": -1})) == (400, text)
    assert browser.post("/user-impersonateUser.api", json={"userId": admin.id}).json == {"success": True}
    assert browser.get("/admin-customizeSite.view").status == 403
    assert browser.get("/home/project-getContainers.api").status == 200


def test_the_log_names_both(browser, admin, analyst, group):
    browser.post("/user-impersonateUser.api", json={"userId": analyst.id})
    browser.get("/home/query-selectRows.api", **OWN_KEYS)
    browser.post("/login-stopImpersonatingApi.api", json={})
    a, u = admin.email, analyst.email
    assert comments("impersonation started") == [
        (a, None, f"{a} impersonated {u}"),
        (u, admin.id, f"{u} was impersonated by {a}"),
    ]
    assert comments("impersonation stopped") == [
        (u, admin.id, f"{u} was no longer impersonated by {a}"),
        (a, None, f"{a} stopped impersonating {u}"),
    ]


def test_the_log_names_groups_and_roles(browser, admin, group):
    browser.post("/user-impersonateGroup.api", json={"groupId": group.id})
    browser.post("/login-stopImpersonatingApi.api", json={})
    browser.post("/user-impersonateRoles.api", json={"roleNames": [f"{ROLES}ReaderRole"]})
    browser.post("/user-impersonateRoles.api", json={"roleNames": [f"{ROLES}AuthorRole", f"{ROLES}SubmitterRole"]})
    browser.post("/login-stopImpersonatingApi.api", json={})
    assert [comment.removeprefix(f"{admin.email} ") for _, _, comment in comments("impersonation started")] == [
        "impersonated group: Lab.",
        "impersonated role: Reader.",
        "impersonated roles: Author, Submitter.",
    ]
    assert [comment.removeprefix(f"{admin.email} ") for _, _, comment in comments("impersonation stopped")] == [
        "stopped impersonating group: Lab.",
        "stopped impersonating role: Reader.",
        "stopped impersonating roles: Author, Submitter.",
    ]


def test_what_is_done_meanwhile_is_logged_as_the_users_with_the_administrator_behind(browser, admin, analyst):
    from keyhouse.audit.models import AuditEvent

    browser.post("/user-impersonateUser.api", json={"userId": analyst.id})
    assert browser.get("/user-showUsers.view").status == 403
    event = AuditEvent.objects.filter(kind="access refused").latest("sequence")
    assert (event.user, event.impersonator_id) == (analyst.email, admin.id)
    assert event.details["impersonating"] == f"user: {analyst.email}"


@pytest.fixture
def impersonating(browser, analyst, keys_on):
    """A browser in which the administrator acts as the analyst."""
    browser.post("/user-impersonateUser.api", json={"userId": analyst.id})
    return browser


@pytest.mark.parametrize(("kind", "words"), [("apikey", "an API key"), ("session", "a session key")])
def test_no_key_is_created(impersonating, kind, words):
    answer = impersonating.post("/security-createApiKey.api", json={"type": kind})
    assert said(answer) == (403, f"Can't create {words} while impersonating")


def test_no_keys_are_shown(impersonating):
    assert impersonating.get("/home/query-selectRows.api", **OWN_KEYS).status == 404


def test_no_key_is_deleted(impersonating):
    answer = impersonating.post("/home/query-deleteRows.api", json={**OWN_KEYS, "rows": [{"rowId": 1}]})
    assert answer.status == 403


def test_no_key_is_rotated(program, analyst, site):
    set_site(site, allowApiKeys=True)
    program.post("/user-impersonateUser.api", json={"userId": analyst.id})
    text = "Can't create an API key while impersonating"
    assert said(program.post("/security-rotateApiKey.api", json={})) == (403, text)


def test_signing_out_signs_the_administrator_out(impersonating, admin, front, analyst):
    from keyhouse.sessions.models import BrowserSession, ImpersonationRow

    assert impersonating.post("/login-logoutApi.api", json={}).json == {"success": True}
    assert who(impersonating) == ("guest", False)
    assert not ImpersonationRow.objects.exists()
    assert not BrowserSession.objects.filter(user=admin).exists()
    assert comments("sign-out")[0][:2] == (admin.email, None)


def test_session_keys_end_when_a_user_is_impersonated_and_follow_into_a_group(browser, site, front, admin, group, lab):
    set_site(site, allowSessionKeys=True)
    key = browser.post("/security-createApiKey.api", json={"type": "session"}).json["apikey"]
    script = Client(front, keeps_cookies=False)
    browser.post("/user-impersonateGroup.api", json={"groupId": group.id})
    told = script.get("/login-whoAmI.api", {"apikey": key}).json
    assert (told["email"], told["impersonated"]) == (admin.email, True)
    assert script.get("/Study/security-getGroupPerms.api", {"apikey": key}).status == 403
    script.post("/login-stopImpersonatingApi.api", {"apikey": key}, json={})
    assert who(browser) == (admin.email, False)
    browser.post("/user-impersonateUser.api", json={"email": "analyst@example.org"})
    ended = script.get("/login-whoAmI.api", {"apikey": key})
    assert (ended.status, ended.json["reason"]) == (401, "key_revoked")


def test_a_session_key_makes_nobody_of_its_browser_and_ends_not_itself(browser, site, front, admin, lab):
    set_site(site, allowSessionKeys=True)
    key = browser.post("/security-createApiKey.api", json={"type": "session"}).json["apikey"]
    script = Client(front, keeps_cookies=False)
    refused = script.post("/user-impersonateUser.api", {"apikey": key}, json={"email": "analyst@example.org"})
    assert refused.status == 400 and "Begin it in the browser, or use an API key." in refused.json["exception"]
    assert who(browser) == (admin.email, False)
    assert script.get("/login-whoAmI.api", {"apikey": key}).status == 200


def test_site_roles_can_be_taken_by_a_site_administrator_alone_and_whoever_may_is_told(client, admin):
    user = sign_in(client, admin.email).json["user"]
    assert user["canImpersonateSiteRoles"] is True
    assert client.post("/user-impersonateRoles.api", json={"roleNames": [f"{ROLES}TroubleshooterRole"]}).status == 200
    assert client.get("/home/security-getGroupPerms.api").status == 403
