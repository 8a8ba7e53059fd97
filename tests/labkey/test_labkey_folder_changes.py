"""Folders are made, renamed, moved and deleted over the client API (client-api.md, section 12)."""

import pytest
from tests.labkey.conftest import Script
from tests.site import OPERATOR, Client, issue


@pytest.fixture
def project(admin_script):
    """The project /Study, as an administrator's client made it."""
    return admin_script.post("/core-createContainer.api", {"name": "Study", "folderType": "study"}).json


@pytest.fixture
def folder_admin(site, front, analyst, project):
    """A program of somebody who administers /Study alone."""
    from keyhouse.authz.folders import find
    from keyhouse.core.permissions import Role

    site.assignments.assign(Role.PROJECT_ADMINISTRATOR, analyst, analyst.email, find("/Study"), OPERATOR)
    return Script(Client(front, keeps_cookies=False), issue(site, analyst))


def add(script, parent, name, **more):
    return script.post(f"{parent}/core-createContainer.api", {"name": name, **more})


def said(answer):
    return answer.status, answer.json["exception"]


def test_a_folder_is_made_from_what_the_python_client_sends(admin_script, project):
    sent = {"description": None, "folderType": None, "isWorkbook": None, "name": " Sub ", "title": None}
    made = admin_script.post("/Study/core-createContainer.api", sent).json
    assert (made["name"], made["path"], made["title"], made["type"]) == ("Sub", "/Study/Sub", "Sub", "folder")
    assert (made["parentPath"], made["parentId"]) == ("/Study", project["id"])
    assert (project["type"], project["folderType"]) == ("project", "study")
    assert "org.labkey.api.security.permissions.AdminPermission" in made["effectivePermissions"]


def test_a_taken_name_is_500_as_clients_know_it(admin_script, project):
    text = "A child container with the name 'STUDY' already exists"
    assert said(add(admin_script, "", "STUDY")) == (500, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "Blank names are not allowed."),
        (None, "Blank names are not allowed."),
        ("x" * 256, "Folder name must be shorter than 255 characters"),
        ("a/b", "Folder name must be a legal filename and not contain one of"),
        ("../up", "Folder name must be a legal filename and not contain one of"),
        ("a;b", "Semicolons are not allowed in folder names."),
        ("@files", "Folder name may not begin with '@'."),
        ("list.view", "Folder name should not end with '.view', '.api', or '.post'."),
        ("a\u0007b", "Non-printable characters are not allowed in folder names."),
        ("__r5", "something else in a path"),
        (["a"] * 2, None),
        ({"a": 1}, "Could not parse parameter 'name'"),
    ],
)
def test_a_bad_name_is_refused_in_the_words_that_clients_know(admin_script, name, text):
    answer = add(admin_script, "/home", name)
    if text is None:
        assert answer.json["name"] == "a"
    else:
        assert answer.status == 400 and text in answer.json["exception"]


def test_nul_is_refused_and_250_characters_are_not(admin_script):
    assert add(admin_script, "/home", "a\0b").status == 400
    assert add(admin_script, "/home", "x" * 250).status == 200


def test_a_workbook_is_refused_honestly(admin_script):
    assert said(add(admin_script, "/home", "w", isWorkbook=True))[0] == 400
    assert "Workbooks are not available" in add(admin_script, "/home", "w", type="workbook").json["exception"]


def test_who_may_only_read_makes_and_deletes_nothing(script, client):
    assert said(add(script, "/home", "x")) == (
        403,
        "Insufficient permissions to create subfolders. Administrate permission required.",
    )
    script.client.keeps_cookies = False
    assert add(Script(client, "none"), "/home", "x").status == 401


def test_a_new_name_becomes_the_title_and_a_new_title_leaves_the_name(admin_script, project):
    made = admin_script.post("/Study/admin-renameContainer.api", {"name": "Renamed", "title": None}).json
    assert (made["name"], made["title"], made["path"]) == ("Renamed", "Renamed", "/Renamed")
    made = admin_script.post("/Renamed/admin-RenameContainer.api", {"title": "A title"}).json
    assert (made["name"], made["title"]) == ("Renamed", "A title")
    made = admin_script.post("/Renamed/admin-renameContainer.api", {"name": "Both", "title": "Two"}).json
    assert (made["name"], made["title"]) == ("Both", "Two")


@pytest.mark.parametrize("body", [{}, {"name": None, "title": None}, {"name": ""}, {"title": " "}])
def test_renaming_needs_a_name_or_a_title(admin_script, project, body):
    assert said(admin_script.post("/Study/admin-renameContainer.api", body)) == (
        400,
        "Please specify a name or a title.",
    )


def test_renaming_to_a_taken_name_is_refused(admin_script, project):
    add(admin_script, "/Study", "one")
    add(admin_script, "/Study", "two")
    assert said(admin_script.post("/Study/admin-renameContainer.api", {"name": "HOME"})) == (
        400,
        "The server already has a project with this name.",
    )
    assert said(admin_script.post("/Study/one/admin-renameContainer.api", {"name": "two"})) == (
        400,
        "The parent folder already has a folder with this name.",
    )


def test_an_old_path_leads_on_for_who_may_read_the_new_one_and_below_it(admin_script, script, project):
    add(admin_script, "/Study", "inner")
    admin_script.post("/Study/admin-renameContainer.api", {"name": "New"})
    for path, place in {
        "/study/project-getContainers.api?depth=1": "/labkey/New/project-getcontainers.api?depth=1",
        "/project/Study/inner/getContainers.view": "/labkey/New/inner/project-getcontainers.view",
    }.items():
        answer = admin_script.get(path)
        assert (answer.status, answer.header("Location")) == (302, place)
    assert said(script.get("/Study/project-getContainers.api")) == (404, "No such project: /Study")
    assert admin_script.post("/Study/project-getContainers.api", {}).status == 404


def test_an_old_path_leads_nowhere_without_an_alias_or_when_another_folder_takes_it(admin_script, project):
    admin_script.post("/Study/admin-renameContainer.api", {"name": "A", "addAlias": False})
    assert said(admin_script.get("/Study/project-getContainers.api")) == (404, "No such project: /Study")
    admin_script.post("/A/admin-renameContainer.api", {"name": "B"})
    taken = add(admin_script, "", "A").json
    assert admin_script.get("/A/project-getContainers.api").json["id"] == taken["id"]
    admin_script.post("/A/core-deleteContainer.api", {})
    assert admin_script.get("/A/project-getContainers.api").status == 404


def test_a_folder_moves_with_all_below_it(admin_script, project):
    add(admin_script, "/Study", "from")
    add(admin_script, "/Study/from", "deep")
    to = add(admin_script, "/Study", "to").json
    body = {"container": "/Study/from", "parent": to["id"], "addAlias": True}
    assert admin_script.post("/Study/core-moveContainer.api", body).json == {
        "success": True,
        "newPath": "/Study/to/from",
    }
    assert admin_script.get("/Study/to/from/deep/project-getContainers.api").json["name"] == "deep"
    assert admin_script.get("/Study/from/deep/project-getContainers.api").status == 302


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "A target container must be specified for move operation."),
        ({"container": "/Study/a"}, "A parent container must be specified for move operation."),
        ({"container": "/no", "parent": "/home"}, "Container '/no' does not exist."),
        ({"container": "/Study/a", "parent": "/no"}, "Parent container '/no' does not exist."),
        ({"container": "/Study", "parent": "/home"}, "Cannot move project/root Containers."),
        ({"container": "/", "parent": "/home"}, "Cannot move project/root Containers."),
        ({"container": "/Study/a", "parent": "/Study/a"}, "The container '/Study/a' is not a valid parent folder."),
        ({"container": "/Study/a", "parent": "/Study/a/b"}, "The container '/Study/a/b' is not a valid parent folder."),
        ({"container": "/Study/a", "parent": "/home"}, "Subfolder of '/home' with name 'a' already exists."),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_words(admin_script, project, body, text):
    for parent, name in (("/Study", "a"), ("/Study/a", "b"), ("/home", "a")):
        add(admin_script, parent, name)
    assert said(admin_script.post("/core-moveContainer.api", body)) == (400, text)


def test_deleting_takes_everything_below_with_an_empty_body_and_answers_an_empty_object(
    site, admin_script, project, pbc_file
):
    from keyhouse.accounts.models import Group
    from keyhouse.authz.folders import find
    from keyhouse.authz.models import Folder, RoleAssignment
    from keyhouse.core.permissions import Role
    from keyhouse.sources.models import AttachedSource

    add(admin_script, "/Study", "inner")
    site.sources.add("pbc", f"sqlite:///{pbc_file}", find("/Study/inner"), OPERATOR)
    group = site.groups.add("Team", OPERATOR, find("/Study").entity_id)
    site.assignments.assign(Role.EDITOR, group, group.name, find("/Study/inner"), OPERATOR)
    file = site.boot.files_root / str(find("/Study/inner").entity_id) / "data.csv"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    headers = {"apikey": admin_script.key, "Content-Type": "application/json"}
    answer = admin_script.client.request("POST", "/Study/core-deleteContainer.api", headers, body=b"")
    assert (answer.status, answer.json) == (200, {})
    assert not file.exists() and not any(site.boot.files_root.iterdir())
    assert not Folder.objects.filter(lower_path__startswith="/study").exists()
    assert not AttachedSource.objects.exists() and not Group.objects.filter(name="Team").exists()
    assert not RoleAssignment.objects.filter(principal_id=group.id).exists()
    assert said(admin_script.post("/Study/core-deleteContainer.api", {})) == (404, "No such project: /Study")


def test_deleting_a_folder_deletes_its_lists(site, admin_script, project):
    from keyhouse.lists.models import ListDesign

    design = {"name": "People", "fields": [{"name": "k", "rangeURI": "int"}, {"name": "n", "rangeURI": "string"}]}
    body = {"kind": "IntList", "domainDesign": design, "options": {"keyName": "k", "keyType": "Integer"}}
    assert admin_script.post("/Study/property-createDomain.api", body).status == 200
    assert ListDesign.objects.exists()
    assert admin_script.post("/Study/core-deleteContainer.api", {}).status == 200
    assert not ListDesign.objects.exists()


@pytest.mark.parametrize("path", ["/", "/home", "/Shared"])
def test_folders_that_every_client_counts_on_are_not_deletable(admin_script, path):
    answer = admin_script.post(f"{path.rstrip('/')}/core-deleteContainer.api", {})
    assert said(answer) == (400, f"The path {path} is not deletable.")


def test_who_administers_a_folder_deletes_nothing_below_it_that_others_closed(site, folder_admin, project, events):
    from keyhouse.authz.folders import find

    add(folder_admin, "/Study", "open")
    add(folder_admin, "/Study", "closed")
    site.folders.set_inheritance(find("/Study/closed"), False, OPERATOR)
    assert folder_admin.post("/Study/core-deleteContainer.api", {}).status == 403
    assert folder_admin.post("/Study/open/core-deleteContainer.api", {}).status == 200
    assert find("/Study/closed")
    assert events("access refused")


def test_every_change_is_audited_with_old_and_new(admin_script, project, events):
    add(admin_script, "/Study", "a")
    admin_script.post("/Study/a/admin-renameContainer.api", {"name": "b", "title": "B"})
    admin_script.post("/Study/b/core-moveContainer.api", {"container": "/Study/b", "parent": "/home"})
    admin_script.post("/home/b/core-deleteContainer.api", {"comment": "no longer needed"})
    added, renamed, moved, deleted = events("folder changed")[-4:]
    assert (added.folder, renamed.details["old"]["name"], renamed.details["new"]["title"]) == ("/Study/a", "a", "B")
    assert (moved.details["old"], moved.details["new"]) == ("/Study/b", "/home/b")
    assert deleted.details["userComment"] == "no longer needed"
    assert deleted.comment == "Folder /home/b was deleted." and deleted.user == "admin@example.org"


def test_a_folder_that_moves_to_another_project_leaves_the_groups_of_the_old_one_behind(
    site, admin_script, project, events
):
    from keyhouse.authz.folders import find
    from keyhouse.authz.models import RoleAssignment
    from keyhouse.core.permissions import Role

    add(admin_script, "/Study", "a")
    group = site.groups.add("Team", OPERATOR, find("/Study").entity_id)
    for role in (Role.EDITOR, Role.READER):
        site.assignments.assign(role, group, group.name, find("/Study/a"), OPERATOR)
    RoleAssignment.objects.create(folder=find("/Study/a"), principal_id=group.id, role="Of a later version")
    admin_script.post("/core-moveContainer.api", {"container": "/Study/a", "parent": "/home"})
    assert not RoleAssignment.objects.filter(principal_id=group.id).exists()
    lost = [event for event in events("role changed") if event.details["change"] == "removed"]
    assert [(event.details["role"], event.details["principalId"], event.folder) for event in lost] == [
        ("Editor", group.id, "/home/a"),
        ("Of a later version", group.id, "/home/a"),
        ("Reader", group.id, "/home/a"),
    ]
    assert lost[0].comment == "Team is no longer Editor in /home/a."
    assert find("/home/a").policy_changed_at


def test_readable_containers_are_paths(admin_script, script, project):
    add(admin_script, "/home", "a")
    add(admin_script, "/home/a", "b")
    ask = "/project-getReadableContainers.api"
    assert script.get(ask).json == {"containers": ["/home", "/Shared"]}
    assert script.get(ask, includeSubfolders=1).json["containers"] == ["/home", "/home/a", "/home/a/b", "/Shared"]
    assert script.get(ask, container="/home", includeSubfolders=True, depth=1).json["containers"] == [
        "/home",
        "/home/a",
    ]
    assert script.get(ask, container="/Study").status == 403
    assert script.get(ask, container="/nowhere").status == 404


def test_folder_types_and_modules_are_told(script):
    types = script.get("/home/core-getFolderTypes.api").json
    assert types["Collaboration"]["activeModules"] == ["Core", "Query"]
    modules = script.get("/home/admin-getModules.api").json["modules"]
    assert [(each["name"], each["active"]) for each in modules] == [("Core", True), ("Query", True)]


def test_module_properties_are_refused_by_name(admin_script):
    wanted = {"moduleName": "Query", "propName": "x", "value": "1", "userId": 0, "currentContainer": True}
    text = "Invalid property: x: the module Query has no properties on this server."
    assert said(admin_script.post("/home/core-saveModuleProperties.api", {"properties": [wanted]})) == (400, text)
    unknown = {"properties": [{**wanted, "moduleName": "Lab"}]}
    assert said(admin_script.post("/home/core-saveModuleProperties.api", unknown)) == (400, "Unknown module: Lab")
    assert admin_script.post("/home/core-saveModuleProperties.api", {"properties": []}).json == {"success": True}


def test_the_java_clients_forms_make_folders_and_projects(admin_script):
    headers = {"apikey": admin_script.key}
    post = admin_script.client.post
    made = post("/admin-createProject.api", headers, form={"name": "P", "folderType": "Collaboration"})
    assert made.json["path"] == "/P"
    assert post("/P/admin-createFolder.api", headers, form={"name": "f"}).json["path"] == "/P/f"
    assert post("/P/admin-createProject.api", headers, form={"name": "Q"}).status == 400


def test_a_folder_is_reached_by_entity_id_and_row_id(site, admin_script, project):
    from keyhouse.authz.folders import find

    for path in (project["id"], f"__r{find('/Study').id}"):
        assert admin_script.get(f"/{path}/project-getContainers.api").json["path"] == "/Study"
        assert admin_script.get(f"/project/{path}/getContainers.view").json["path"] == "/Study"
