"""The tree of folders (client-api.md, section 12)."""

import pytest
from tests.site import OPERATOR

PATH = "/project-getContainers.api"


@pytest.fixture
def tree(site):
    """/home/open/inner, and /vault whose /vault/door alone lets everybody in."""
    from keyhouse.accounts.groups import find
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    for path in ("/home/open", "/home/open/inner", "/vault", "/vault/door", "/vault/safe"):
        site.folders.add(path, OPERATOR)
    everybody = find("All Site Users")
    site.assignments.assign(Role.READER, everybody, everybody.name, folders.find("/vault/door"), OPERATOR)


def paths(container):
    return {container["path"], *(path for child in container["children"] for path in paths(child))}


def test_children_come_along_and_all_below_where_asked_for(script, tree):
    assert paths(script.get(f"/home{PATH}").json) == {"/home", "/home/open"}
    assert paths(script.get(f"/home{PATH}", includeSubfolders="1").json) == {"/home", "/home/open", "/home/open/inner"}
    assert paths(script.get(f"/home{PATH}", includeSubfolders="true", depth=1).json) == {"/home", "/home/open"}
    assert paths(script.get(f"/home{PATH}", includeSubfolders="true", depth=0).json) == {"/home"}


def test_unreadable_folder_is_a_stub_on_the_way_to_a_readable_one_and_else_absent(script, tree):
    root = script.get(PATH, includeSubfolders=True).json
    assert "/vault/safe" not in paths(root)
    vault = next(child for child in root["children"] if child["path"] == "/vault")
    assert (vault["userPermissions"], vault["effectivePermissions"]) == (0, [])
    assert (vault["activeModules"], vault["folderType"], vault["description"]) == ([], "", None)
    assert [child["path"] for child in vault["children"]] == ["/vault/door"]


def test_container_has_what_r_needs(script):
    body = script.get(f"/home{PATH}").json
    assert {"name", "path", "id", "title", "type", "folderType", "effectivePermissions", "children"} <= set(body)
    assert body["effectivePermissions"] == ["org.labkey.api.security.permissions.ReadPermission"]
    assert (body["type"], body["parentPath"], body["userPermissions"]) == ("project", "/", 1)


def test_parts_can_be_left_out(script):
    without = {"includeEffectivePermissions": "False", "includeStandardProperties": False}
    assert set(script.get(f"/home{PATH}", **without).json) == {"name", "path", "id", "children"}


def test_several_containers_are_a_list_by_path_or_id(script):
    home = script.get(f"/home{PATH}").json
    body = script.post(PATH, {"container": ["/Shared", home["id"]]}).json
    assert [container["path"] for container in body["containers"]] == ["/Shared", "/home"]
    assert len(script.get(PATH, container="/home", multipleContainers=1).json["containers"]) == 1


def test_missing_container_is_404_and_closed_one_is_refused(client, script, tree):
    answer = script.get(PATH, container="/home/nothing")
    assert (answer.status, answer.json["exception"]) == (404, "No such folder or workbook: /home/nothing")
    assert script.get(PATH, container="/vault/safe").status == 403
    assert client.get(f"/home{PATH}").status == 401


def test_tree_that_is_very_deep_is_cut_and_does_not_fail(site, admin_script):
    path = "/home"
    for _ in range(150):
        path += "/d"
        site.folders.add(path, OPERATOR)
    assert admin_script.get(f"/home{PATH}", includeSubfolders=True).status == 200
