"""Users over the client API (client-api.md, sections 7 and 13)."""

import re

import pytest
from tests.labkey.conftest import Script
from tests.site import OPERATOR, PASSWORD, Client, issue, sign_in

READ = "org.labkey.api.security.permissions.ReadPermission"

ADD = "/security-createNewUser.api"


def said(answer):
    return answer.status, answer.json["exception"]


def ids(answer):
    return [user["userId"] for user in answer.json["users"]]


@pytest.fixture
def mails(site):
    def read():
        # Two mails of one second can be in one file, each with a line of dashes at its end.
        texts = [file.read_text() for file in sorted((site.boot.data / "mail").iterdir())]
        return [mail for text in texts for mail in re.split(r"^-{79}$", text, flags=re.MULTILINE) if mail.strip()]

    return read


def test_a_user_is_added_as_the_python_client_asks_and_named_after_the_address(admin_script, mails):
    headers = {"apikey": admin_script.key}
    form = {"email": "Test_User@test.test", "sendEmail": "False"}
    body = admin_script.client.post(ADD, headers, form=form).json
    assert (body["success"], body["email"]) == (True, "test_user@test.test")
    assert [(user["userId"], user["isNew"]) for user in body["users"]] == [(body["userId"], True)]
    assert mails() == []
    again = admin_script.post(ADD, {"email": "test_user@test.test"}).json
    assert again["message"] == "test_user@test.test was already a registered system user."
    assert (again["users"][0]["isNew"], again["success"]) == (False, True)
    listed = admin_script.get("/user-getUsers.api").json["users"]
    assert next(user for user in listed if user["userId"] == body["userId"])["displayName"] == "test user"


def test_several_are_added_at_once_and_each_gets_a_link_that_works(client, admin_script, mails):
    sent = {"email": "a@x.org; b@x.org;a@x.org", "optionalMessage": "Welcome to the study."}
    body = admin_script.post(ADD, sent).json
    assert [user["email"] for user in body["users"]] == ["a@x.org", "b@x.org"] and "userId" not in body
    first = next(mail for mail in mails() if "To: a@x.org" in mail)
    assert len(mails()) == 2 and "Welcome to the study." in first and "login-setPassword.view" in first
    link = next(line for line in first.splitlines() if "setPassword" in line)
    page = client.get("/login-setPassword.view?" + link.strip().partition("?")[2])
    assert page.status == 200 and "a@x.org" in page.text


@pytest.mark.parametrize(
    ("email", "text"),
    [
        (None, "You must specify a valid email address in the 'email' parameter!"),
        (" ; ", "You must specify a valid email address in the 'email' parameter!"),
        ("nobody", "Invalid email address: nobody"),
        ("good@x.org;bad@@;worse", "Invalid email addresses: bad@@, worse"),
        ("a@x.org\u0007", None),
    ],
)
def test_bad_addresses_are_named_and_nobody_is_added(admin_script, email, text):
    from keyhouse.accounts.models import User

    answer = admin_script.post(ADD, {"email": email})
    assert answer.status == 400
    assert text is None or answer.json["exception"] == text
    assert User.objects.count() == 1


def test_users_are_deactivated_activated_and_deleted_with_the_odd_answers_that_clients_need(
    site, front, admin_script, analyst
):
    key = issue(site, analyst)
    headers = {"apikey": admin_script.key}

    def ask(action, **how):
        return admin_script.client.post(f"/home/user-{action}", headers, form={"userId": [analyst.id]}, **how)

    script = Client(front, keeps_cookies=False)
    answer = ask("deactivateUsers.view")
    assert answer.status == 200 and answer.header("Content-Type").startswith("text/html")
    assert script.get("/login-whoAmI.api", {"apikey": key}).status == 401
    assert ask("activateUsers.api").json["success"] is True
    assert script.get("/login-whoAmI.api", {"apikey": key}).status == 200
    answer = ask("deleteUsers.view")
    assert answer.status == 200 and answer.text.startswith("<p>")
    assert script.get("/login-whoAmI.api", {"apikey": key}).status == 401
    assert said(ask("deleteUsers.view")) == (400, f"User id {analyst.id} does not exist")


def test_deleting_a_user_keeps_the_log_and_the_key_as_a_tombstone(site, admin_script, analyst, events):
    from keyhouse.keys.models import ApiKey

    issue(site, analyst)
    assert admin_script.post("/security-deleteUser.api", {"id": analyst.id}).json == {"deleted": analyst.id}
    assert ApiKey.objects.filter(owner=None).count() == 1
    assert events("user deleted")[-1].details["subjectId"] == analyst.id
    assert said(admin_script.post("/security-deleteUser.api", {"id": analyst.id})) == (
        400,
        f"User id {analyst.id} does not exist",
    )
    assert said(admin_script.post("/security-deleteUser.api", {}))[0] == 400


@pytest.mark.parametrize("bad", [[], ["x"], [1.5], [True], ["9" * 30], list(range(1, 1002)), {"a": 1}])
def test_ids_that_are_none_or_too_many_are_refused(admin_script, bad):
    for action in ("deactivateUsers.view", "deleteUsers.view", "activateUsers.api"):
        assert admin_script.post(f"/user-{action}", {"userId": bad}).status == 400


def test_a_million_ids_are_refused_at_once(admin_script):
    body = b'{"groupId":1,"principalIds":[' + b"1," * 999_999 + b"1]}"
    headers = {"apikey": admin_script.key, "Content-Type": "application/json"}
    answer = admin_script.client.request("POST", "/security-addGroupMember.api", headers, body=body)
    assert answer.status == 400


def test_one_cannot_lock_oneself_out_nor_the_last_administrator(site, admin_script, admin):
    for action in ("deactivateUsers.view", "deleteUsers.view"):
        assert admin_script.post(f"/user-{action}", {"userId": admin.id}).status == 400
    answer = admin_script.post("/security-removeGroupMember.api", {"groupId": -1, "principalIds": admin.id})
    assert answer.status == 400 and "no active administrator left" in answer.json["exception"]
    other = site.users.add("other@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    assert admin_script.post("/security-removeGroupMember.api", {"groupId": -1, "principalIds": admin.id}).status == 200
    assert admin_script.post("/user-deactivateUsers.view", {"userId": other.id}).status == 403


def test_a_rotated_password_ends_sessions_at_once_and_a_link_is_sent(site, client, admin_script, analyst, mails):
    sign_in(client, analyst.email)
    assert admin_script.post("/security-adminRotatePassword.api", {"email": analyst.email}).json == {"success": True}
    assert client.get("/login-whoAmI.api").json["email"] == "guest"
    answer = client.post("/login-loginApi.api", form={"email": analyst.email, "password": PASSWORD})
    assert answer.status == 400
    assert "login-setPassword.view" in mails()[0]
    assert said(admin_script.post("/security-adminRotatePassword.api", {"email": "x@x.org"})) == (400, "User not found")


def test_users_are_listed_by_group_name_activity_and_permissions(site, admin_script, admin, analyst):
    from keyhouse.authz.folders import find
    from keyhouse.core.permissions import Role

    group = site.groups.add("Lab", OPERATOR)
    site.groups.add_member(group, analyst, OPERATOR)
    site.assignments.assign(Role.EDITOR, group, group.name, find("/home"), OPERATOR)
    gone = site.users.add("gone@example.org", OPERATOR, PASSWORD)
    site.users.deactivate(gone, OPERATOR)

    def ask(**query):
        return admin_script.get("/home/user-getUsers.api", **query)

    assert ids(ask()) == [admin.id, analyst.id, gone.id]
    assert ids(ask(active="true")) == [admin.id, analyst.id]
    assert ids(ask(includeDeactivatedAccounts="false")) == [admin.id, analyst.id]
    by_group = ask(group="Lab").json
    assert (by_group["groupId"], by_group["groupName"], by_group["container"]) == (group.id, "Lab", "/home")
    assert [user["email"] for user in by_group["users"]] == ["analyst@example.org"]
    assert ids(ask(groupId=-2, allMembers="true")) == [admin.id, analyst.id, gone.id]
    assert (ask(name="ANA").json["name"], ids(ask(name="ANA"))) == ("ana", [analyst.id])
    editors = "org.labkey.api.security.permissions.InsertPermission"
    assert ids(ask(permissions=editors)) == [admin.id, analyst.id]
    assert said(ask(group="None"))[0] == 400
    assert ask(groupId=4711).status == 404


def test_who_is_in_a_group_is_for_its_members_and_those_who_administer_there(site, script, admin_script, analyst):
    from keyhouse.authz.folders import find
    from keyhouse.core.permissions import Role

    lab, other = site.folders.add("/Lab", OPERATOR), site.folders.add("/Other", OPERATOR)
    team = site.groups.add("Team", OPERATOR, lab.entity_id)
    outside = site.groups.add("Outside", OPERATOR)
    site.groups.add_member(team, analyst, OPERATOR)
    for folder in (lab, other):
        site.assignments.assign(Role.READER, analyst, analyst.email, folder, OPERATOR)

    def may_know(group, path):
        listed = script.get(f"{path}/user-getUsers.api", groupId=group.id)
        filtered = script.select("core", "Users", path, **{"query.UserId~memberof": group.id})
        assert (listed.status, filtered.status) in {(200, 200), (403, 400)}
        return listed.status == 200

    assert may_know(team, "/Lab")
    assert not may_know(outside, "/Lab")
    assert script.get("/Lab/user-getUsers.api", group="Administrators").status == 403
    assert script.get("/Lab/user-getUsersWithPermissions.api", permissions=READ, groupId=outside.id).status == 403
    site.groups.remove_member(team, analyst, OPERATOR)
    assert not may_know(team, "/Lab")
    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, analyst, analyst.email, find("/Lab"), OPERATOR)
    assert may_know(team, "/Lab") and may_know(outside, "/Lab")
    assert not may_know(outside, "/Other")


def test_users_with_permissions_by_version(site, admin_script, admin, analyst):
    site.users.deactivate(analyst, OPERATOR)
    ask = "/home/user-getUsersWithPermissions.api"
    assert ids(admin_script.get(ask, permissions=READ)) == [admin.id]
    assert ids(admin_script.get(ask, permissions=READ, includeInactive=1)) == [admin.id]
    assert ids(admin_script.get(ask, permissions=READ, includeInactive=1, apiVersion=23.11)) == [admin.id, analyst.id]
    assert said(admin_script.get(ask)) == (400, "Permissions are required")
    assert said(admin_script.get(ask, permissions="nonsense")) == (400, "No valid permission classes provided.")


def test_addresses_are_for_administrators_and_the_root_for_who_manages_users(script, client, admin, analyst):
    users = {user["userId"]: user for user in script.get("/home/user-getUsers.api", allMembers=1).json["users"]}
    assert users[analyst.id]["email"] == analyst.email and users[admin.id]["email"] == ""
    assert ids(script.get("/home/user-getUsers.api", allMembers=1, name="admin@e")) == []
    assert said(script.get("/user-getUsers.api")) == (
        403,
        "Only site/application administrators may see users in the root container!",
    )
    assert Client(client.front).get("/home/user-getUsers.api").status == 401


def test_a_client_can_test_its_token(client, script):
    client.get("/login-whoAmI.api")
    token = client.cookies["X-LABKEY-CSRF"]
    assert client.get("/login-csrf.api", {"X-LABKEY-CSRF": token}).json == {"success": True}
    assert client.get("/login-csrf.api").status == 401
    assert script.get("/login-csrf.api").status == 401


def test_what_is_not_here_says_so_in_json_and_what_never_was_in_html(script):
    assert said(script.get("/home/assay-assayList.api")) == (404, "Assays are not available on this server.")
    assert said(script.post("/home/pipeline-analysis-startAnalysis.api", {})) == (
        404,
        "The pipeline is not available on this server.",
    )
    assert script.post("/home/sql-execute.api", {}).status == 501
    assert "json" not in script.get("/home/assay-nonsense.api").header("Content-Type")


def test_who_manages_no_users_changes_none(script, analyst, admin):
    for action, body in {
        "/security-createNewUser.api": {"email": "x@x.org"},
        "/security-deleteUser.api": {"id": admin.id},
        "/security-adminRotatePassword.api": {"email": admin.email},
        "/user-deleteUsers.view": {"userId": admin.id},
        "/user-deactivateUsers.view": {"userId": admin.id},
        "/user-activateUsers.api": {"userId": admin.id},
    }.items():
        assert Script.post(script, f"/home{action}", body).status == 403
