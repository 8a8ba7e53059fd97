"""Groups, roles and policies over the client API (client-api.md, section 13)."""

import pytest
from tests.site import OPERATOR

ROLES = "org.labkey.api.security.roles."
PERMISSIONS = "org.labkey.api.security.permissions."


def said(answer):
    return answer.status, answer.json["exception"]


@pytest.fixture
def lab(site):
    """The project /Lab with a folder /Lab/inner."""
    site.folders.add("/Lab", OPERATOR)
    return site.folders.add("/Lab/inner", OPERATOR)


def make(script, name, project=""):
    return script.post(f"{project}/security-createGroup.api", {"name": name}).json["id"]


def members(group_id):
    from keyhouse.accounts.models import Membership

    return set(Membership.objects.filter(group_id=group_id).values_list("member_id", flat=True))


def test_a_group_lives_in_the_site_or_in_its_project(admin_script, lab):
    site_id, lab_id = make(admin_script, "Team"), make(admin_script, "Team", "/Lab")
    assert site_id != lab_id
    listed = admin_script.get("/Lab/security-listProjectGroups.api").json["groups"]
    assert [(group["Id"], group["Name"]) for group in listed] == [(lab_id, "Team")]
    listed = admin_script.get("/Lab/security-listProjectGroups.api", includeSiteGroups="True").json["groups"]
    assert {group["Id"]: group["Name"] for group in listed} == {
        -4: "Developers",
        -3: "Guests",
        -2: "Users",
        -1: "Administrators",
        site_id: "Team",
        lab_id: "Team",
    }
    assert said(admin_script.post("/Lab/inner/security-createGroup.api", {"name": "x"}))[1].startswith(
        "You may not create groups at the folder level"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "You must specify a name parameter!"),
        (None, "You must specify a name parameter!"),
        ("a.b", "Group name should not contain punctuation."),
        ("no_punctuation,allowed", "Group name should not contain punctuation."),
        ("x" * 65, "Name value is too long, maximum length is 64 characters."),
        ("guests", "There is a group 'guests' already."),
    ],
)
def test_a_bad_or_taken_name_is_refused(admin_script, name, text):
    assert said(admin_script.post("/security-createGroup.api", {"name": name})) == (400, text)


def test_a_group_is_renamed_and_deleted_where_it_lives_and_nowhere_else(admin_script, lab):
    group_id = make(admin_script, "Old", "/Lab")
    assert said(admin_script.post("/security-renameGroup.api", {"id": group_id, "newName": "New"})) == (
        400,
        f"Group id {group_id} does not exist within this container!",
    )
    body = admin_script.post("/Lab/security-renameGroup.api", {"id": group_id, "newName": "New"}).json
    assert body == {"success": True, "renamed": group_id, "oldName": "Old", "newName": "New"}
    assert said(admin_script.post("/home/security-deleteGroup.api", {"id": group_id})) == (
        400,
        f"Group id {group_id} does not exist within the home project!",
    )
    assert admin_script.post("/Lab/security-deleteGroup.api", {"id": group_id}).json == {"deleted": group_id}
    assert admin_script.post("/security-deleteGroup.api", {"id": -2}).status == 400
    assert admin_script.post("/security-deleteGroup.api", {"id": "x"}).status == 400
    assert admin_script.post("/security-deleteGroup.api", {}).status == 400


def test_members_come_as_repeated_fields_a_list_or_one_number(site, admin_script, admin, analyst):
    group_id = make(admin_script, "Team")
    headers = {"apikey": admin_script.key}
    form = {"groupId": group_id, "principalIds": [admin.id, analyst.id]}
    added = admin_script.client.post("/security-addGroupMember.api", headers, form=form).json
    assert added == {"added": [admin.id, analyst.id]} and members(group_id) == {admin.id, analyst.id}
    body = {"groupId": group_id, "principalIds": analyst.id}
    assert admin_script.post("/security-removeGroupMember.api", body).json == {"removed": [analyst.id]}
    body = {"groupId": str(group_id), "principalIds": [str(admin.id)]}
    assert admin_script.post("/security-removeGroupMember.api", body).json == {"removed": [admin.id]}
    assert members(group_id) == set()


def test_all_members_are_added_or_none(admin_script, analyst):
    group_id = make(admin_script, "Team")
    body = {"groupId": group_id, "principalIds": [analyst.id, 4711]}
    assert said(admin_script.post("/security-addGroupMember.api", body)) == (400, "Invalid principal id (4711)")
    assert (
        said(admin_script.post("/security-addGroupMember.api", {**body, "groupId": 99}))[1] == "Invalid group id (99)"
    )
    assert admin_script.post("/security-addGroupMember.api", {"groupId": group_id}).status == 400
    assert members(group_id) == set()


def test_groups_that_do_not_fit_each_other_are_refused(admin_script, lab, analyst):
    one, two, own = make(admin_script, "One"), make(admin_script, "Two"), make(admin_script, "Own", "/Lab")

    def add(group_id, member_id, project=""):
        body = {"groupId": group_id, "principalIds": member_id}
        return said(admin_script.post(f"{project}/security-addGroupMember.api", body))

    assert admin_script.post("/security-addGroupMember.api", {"groupId": one, "principalIds": two}).status == 200
    assert add(two, one) == (400, "Can't add a group that results in a circular group relation")
    assert add(one, one)[0] == 400
    assert add(one, own) == (400, "Can't add a project group to a site group")
    assert add(-4, one) == (400, "Can't add a group to a system group")
    assert add(-2, analyst.id)[0] == 400
    body = {"groupId": own, "principalIds": one}
    assert admin_script.post("/Lab/security-addGroupMember.api", body).status == 200


def test_groups_of_the_caller_are_those_of_the_site_and_of_the_project(site, script, admin_script, lab, analyst):
    own, team = make(admin_script, "Own", "/Lab"), make(admin_script, "Team")
    for group_id, project in ((own, "/Lab"), (team, "")):
        body = {"groupId": group_id, "principalIds": analyst.id}
        admin_script.post(f"{project}/security-addGroupMember.api", body)
    body = {"roleClassName": f"{ROLES}ReaderRole", "principalId": own}
    assert admin_script.post("/Lab/security-addAssignment.api", body).json == {"success": True, "hasChanges": True}
    there = script.get("/Lab/security-getGroupsForCurrentUser.api").json["groups"]
    assert {group["id"] for group in there} == {-3, -2, own, team}
    assert {"id": -2, "name": "All Site Users", "isProjectGroup": False, "isSystemGroup": True} in there
    here = script.get("/home/security-getGroupsForCurrentUser.api").json["groups"]
    assert {group["id"] for group in here} == {-3, -2, team}


def test_roles_have_their_known_class_names_and_permissions_that_are_listed(script):
    body = script.get("/home/security-getRoles.api").json
    roles = {role["uniqueName"]: role for role in body["roles"]}
    in_folders = ("Reader", "Author", "Editor", "Submitter", "FolderAdmin", "ProjectAdmin")
    of_site = ("SiteAdmin", "ApplicationAdmin", "Troubleshooter")
    assert set(roles) >= {f"{ROLES}{name}Role" for name in (*in_folders, *of_site)}
    assert roles[f"{ROLES}ReaderRole"]["permissions"] == [f"{PERMISSIONS}ReadPermission"]
    assert roles[f"{ROLES}FolderAdminRole"]["excludedPrincipals"] == [-2, -3]
    listed = {permission["uniqueName"] for permission in body["permissions"]}
    assert {name for role in body["roles"] for name in role["permissions"]} <= listed
    # The Python client posts without body and content type.
    assert script.client.request("POST", "/home/security-getRoles.api", {"apikey": script.key}).status == 200


def test_group_permissions_are_told_with_those_below(admin_script, lab):
    own = make(admin_script, "Own", "/Lab")
    body = {"roleClassName": f"{ROLES}EditorRole", "principalId": own}
    admin_script.post("/Lab/security-addAssignment.api", body)
    container = admin_script.get("/Lab/security-getGroupPerms.api", includeSubfolders=1).json["container"]
    assert (container["path"], container["isInheritingPerms"]) == ("/Lab", False)
    groups = {group["id"]: group for group in container["groups"]}
    assert set(groups) == {-1, -2, -3, -4, own} and groups[-1]["name"] == "Site Administrators"
    assert (groups[own]["isProjectGroup"], groups[own]["type"], groups[own]["roles"]) == (
        *(True, "g"),
        [f"{ROLES}EditorRole"],
    )
    assert f"{PERMISSIONS}InsertPermission" in groups[own]["effectivePermissions"]
    assert groups[-2]["roles"] == []
    (inner,) = container["children"]
    assert (inner["path"], inner["isInheritingPerms"]) == ("/Lab/inner", True)
    assert {group["id"]: group for group in inner["groups"]}[own]["roles"] == [f"{ROLES}EditorRole"]


def test_user_permissions_are_ones_own_or_for_administrators_anybodys(script, admin_script, analyst, admin):
    own = script.get("/home/security-getUserPerms.api").json
    assert own["user"] == {"userId": analyst.id, "displayName": "analyst"}
    assert own["container"]["roles"] == [f"{ROLES}ReaderRole"]
    assert own["container"]["effectivePermissions"] == [f"{PERMISSIONS}ReadPermission"]
    assert [group["id"] for group in own["container"]["groups"]] == [-3, -2]
    for query in ({"userId": analyst.id}, {"userEmail": analyst.email}):
        assert admin_script.get("/home/security-getUserPerms.api", **query).json["user"]["userId"] == analyst.id
        assert script.get("/home/security-getUserPerms.api", **query).status == 200
    assert said(script.get("/home/security-getUserPerms.api", userId=admin.id)) == (
        403,
        "You may not look at the permissions of users other than the current user.",
    )
    assert said(admin_script.get("/home/security-getUserPerms.api", userId=4711))[0] == 400


def test_securable_resources_are_folders(script, site):
    site.folders.add("/home/sub", OPERATOR)
    body = script.get("/home/security-getSecurableResources.api", includeEffectivePermissions=1, includeSubfolders=1)
    resource = body.json["resources"]
    assert (resource["resourceClass"], resource["name"]) == ("org.labkey.api.data.Container", "home")
    assert resource["effectivePermissions"] == [f"{PERMISSIONS}ReadPermission"]
    assert [child["parentContainerPath"] for child in resource["children"]] == ["/home"]


def policy(script, path, resource=None):
    wanted = str(resource.entity_id) if resource else script.get(f"{path}/project-getContainers.api").json["id"]
    return script.get(f"{path}/security-getPolicy.api", resourceId=wanted).json["policy"]


def test_a_policy_is_read_changed_saved_and_deleted(admin_script, lab, analyst):
    add = {"roleClassName": f"{ROLES}ReaderRole", "email": analyst.email}
    admin_script.post("/Lab/security-addAssignment.api", add)
    inherited = policy(admin_script, "/Lab/inner")
    assert inherited["requestedResourceId"] == str(lab.entity_id) != inherited["resourceId"]
    assert inherited["assignments"] == [{"userId": analyst.id, "role": f"{ROLES}ReaderRole"}]
    wanted = {
        "resourceId": str(lab.entity_id),
        "assignments": [*inherited["assignments"], {"userId": -2, "role": f"{ROLES}EditorRole"}],
    }
    saved = admin_script.post("/Lab/inner/security-savePolicy.api", wanted)
    assert saved.json == {"success": True, "hasChanges": True}
    own = policy(admin_script, "/Lab/inner")
    assert own["resourceId"] == str(lab.entity_id) and len(own["assignments"]) == 2 and own["modifiedMillis"]
    lab.refresh_from_db()
    assert not lab.inherits
    deleted = admin_script.post("/Lab/inner/security-deletePolicy.api", {"resourceId": str(lab.entity_id)})
    assert deleted.json == {"success": True}
    assert policy(admin_script, "/Lab/inner") == inherited


def test_a_policy_that_was_changed_meanwhile_is_not_overwritten(admin_script, lab, analyst):
    add = {"roleClassName": f"{ROLES}ReaderRole", "principalId": analyst.id}
    admin_script.post("/Lab/inner/security-addAssignment.api", add)
    old = policy(admin_script, "/Lab/inner")
    admin_script.post("/Lab/inner/security-addAssignment.api", {**add, "roleClassName": f"{ROLES}EditorRole"})
    answer = admin_script.post("/Lab/inner/security-savePolicy.api", old)
    assert answer.status == 400 and "altered by someone else" in answer.json["exception"]
    assert len(policy(admin_script, "/Lab/inner")["assignments"]) == 2
    fresh = policy(admin_script, "/Lab/inner")
    assert admin_script.post("/Lab/inner/security-savePolicy.api", fresh).status == 200


def test_a_role_that_came_after_the_rights_were_judged_is_not_taken_with_the_policy(
    site, admin_script, lab, analyst, monkeypatch
):
    from keyhouse.core.permissions import Role
    from keyhouse.labkey import security_policies

    judge = security_policies._require_held

    def judge_and_be_overtaken(*judged):
        judge(*judged)
        site.assignments.assign(Role.EDITOR, analyst, "analyst", lab, OPERATOR)

    monkeypatch.setattr(security_policies, "_require_held", judge_and_be_overtaken)
    for action in ("deletePolicy", "savePolicy"):
        site.assignments.remove(Role.EDITOR, analyst, "analyst", lab, OPERATOR)
        answer = admin_script.post(f"/Lab/inner/security-{action}.api", {"resourceId": str(lab.entity_id)})
        assert answer.status == 400 and "altered by someone else" in answer.json["exception"]
        assert len(policy(admin_script, "/Lab/inner")["assignments"]) == 1


@pytest.mark.parametrize(
    "assignments",
    [
        [{"userId": 1, "role": "org.example.Nothing"}],
        [{"userId": "x", "role": f"{ROLES}ReaderRole"}],
        [{"userId": 1}],
        ["text"],
        "text",
        [{"userId": -2, "role": f"{ROLES}FolderAdminRole"}],
        [{"userId": 1, "role": f"{ROLES}ReaderRole"}] * 1001,
    ],
)
def test_a_policy_that_makes_no_sense_changes_nothing(admin_script, lab, assignments):
    body = {"resourceId": str(lab.entity_id), "assignments": assignments}
    assert admin_script.post("/Lab/inner/security-savePolicy.api", body).status == 400
    lab.refresh_from_db()
    assert lab.inherits


def test_a_policy_passes_over_who_was_deleted_and_over_no_permissions(admin_script, lab):
    wanted = [{"userId": 4711, "role": f"{ROLES}ReaderRole"}, {"userId": -3, "role": f"{ROLES}NoPermissionsRole"}]
    body = {"resourceId": str(lab.entity_id), "assignments": wanted}
    assert admin_script.post("/Lab/inner/security-savePolicy.api", body).json["success"] is True
    assert policy(admin_script, "/Lab/inner")["assignments"] == []


def test_a_policy_is_of_the_folder_of_the_url_or_below(admin_script, lab):
    for path, resource in (("/home", str(lab.entity_id)), ("/Lab", "nothing"), ("/Lab", "")):
        assert admin_script.get(f"{path}/security-getPolicy.api", resourceId=resource).status == 400
        for action in ("savePolicy", "deletePolicy"):
            assert admin_script.post(f"{path}/security-{action}.api", {"resourceId": resource}).status == 400
    assert admin_script.get("/Lab/security-getPolicy.api", resourceId=str(lab.entity_id)).status == 200


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"roleClassName": f"{ROLES}ReaderRole"}, "Must specify an email or user/group ID"),
        ({"principalId": -2}, "Must specify a role to assign"),
        ({"roleClassName": "No", "principalId": -2}, "No such role: No"),
        ({"roleClassName": f"{ROLES}ReaderRole", "email": "no@x.org"}, "No such user: no@x.org"),
        ({"roleClassName": f"{ROLES}ReaderRole", "email": "no"}, "Invalid email: no"),
        ({"roleClassName": f"{ROLES}ReaderRole", "principalId": 4711}, "No such user or group: 4711"),
    ],
)
def test_an_assignment_that_cannot_be_is_refused_in_the_words_that_clients_know(admin_script, body, text):
    for action in ("addAssignment", "removeAssignment"):
        assert said(admin_script.post(f"/home/security-{action}.api", body)) == (400, text)


def test_an_assignment_comes_and_goes_and_is_audited(admin_script, analyst, events):
    body = {"roleClassName": f"{ROLES}EditorRole", "principalId": analyst.id}
    assert admin_script.post("/home/security-addAssignment.api", body).json["hasChanges"] is True
    assert admin_script.post("/home/security-addAssignment.api", body).json["hasChanges"] is False
    assert admin_script.post("/home/security-removeAssignment.api", body).json["hasChanges"] is True
    assert admin_script.post("/home/security-removeAssignment.api", body).json["hasChanges"] is False
    added, removed = events("role changed")[-2:]
    assert (added.details["change"], removed.details["change"]) == ("added", "removed")
    assert (added.user, added.folder, added.details["principalId"]) == ("admin@example.org", "/home", analyst.id)
    for role in ("EditorRole", "AuthorRole"):
        body = {"roleClassName": ROLES + role, "principalId": analyst.id}
        admin_script.post("/home/security-addAssignment.api", body)
    cleared = admin_script.post("/home/security-clearAssignedRoles.api", {"principalId": analyst.id})
    assert cleared.json == {"success": True, "hasChanges": True}


def test_bulk_update_tells_what_it_did_and_what_it_could_not(admin_script, admin, analyst):
    inner = make(admin_script, "Inner")
    wanted = [
        *({"userId": analyst.id}, {"groupId": inner}, {"email": "new@x.org", "displayName": "New"}),
        *({"email": "bad@@"}, {"groupId": analyst.id}, {"userId": inner}, {}),
    ]
    body = {"groupName": "Bulk", "createGroup": True, "method": "add", "members": wanted}
    answer = admin_script.post("/security-bulkUpdateGroup.api", body).json
    assert answer["newUsers"][0]["email"] == "new@x.org"
    assert len(answer["members"]["added"]) == 3
    assert set(answer["errors"]) == {"bad@@", f"groupId {analyst.id}", f"userId {inner}", "Unknown"}
    replaced = {"groupId": answer["id"], "method": "replace", "members": [{"userId": admin.id}]}
    answer = admin_script.post("/security-bulkUpdateGroup.api", replaced).json
    assert answer["members"]["added"] == [{"email": admin.email, "userId": admin.id}]
    assert len(answer["members"]["removed"]) == 3
    gone = {"groupId": answer["id"], "method": "delete", "members": [{"email": admin.email}]}
    answer = admin_script.post("/security-bulkUpdateGroup.api", gone).json
    assert answer["members"]["removed"] and members(answer["id"]) == set()


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/home", {}, "Group not specified"),
        ("/home", {"groupId": 0}, "Invalid group id 0"),
        ("/home", {"groupName": "no_punctuation,allowed"}, "punctuation"),
        ("/home", {"groupName": "New"}, "Specify 'createGroup': 'true' to have it created."),
        ("/Lab/inner", {"groupName": "Sub", "createGroup": True}, "folder level"),
        ("/home", {"groupName": "Users", "members": [{"userId": 1}]}, "method not specified."),
        ("/home", {"groupName": "Users", "members": ["x"], "method": "add"}, "Invalid format"),
    ],
)
def test_bulk_update_that_cannot_be_is_refused_in_the_words_that_clients_know(admin_script, lab, path, body, text):
    answer = admin_script.post(f"{path}/security-bulkUpdateGroup.api", body)
    assert answer.status == 400 and text in answer.json["exception"]


def test_bulk_update_without_token_speaks_of_it(site, client, admin):
    from tests.site import sign_in

    sign_in(client, admin.email)
    body = {"groupName": "X", "createGroup": True}
    status, text = said(client.post("/security-bulkUpdateGroup.api", json=body, csrf=False))
    assert status == 401 and "CSRF" in text
    assert client.post("/security-bulkUpdateGroup.api", json=body).json["name"] == "X"
