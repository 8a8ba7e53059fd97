"""The whole ``security`` and ``container`` modules of the official Python client, as its own suite uses them."""

from contextlib import suppress

import pytest
from labkey.api_wrapper import APIWrapper
from labkey.exceptions import QueryNotFoundError, RequestError, ServerContextError
from labkey.server_context import ServerContext

from labkey import container, security

PROJECT = "PythonIntegrationTests"
EMAIL = "test_user@test.test"


def role(api, name):
    return next(each for each in api.security.get_roles()["roles"] if each["name"] == name)


@pytest.fixture
def netrc(live, tmp_path, monkeypatch):
    """The administrator's key in a netrc file, which is all that the client's own suite has."""
    monkeypatch.setenv("NETRC", str(live.netrc(tmp_path, live.admin)))


@pytest.fixture
def root(live, netrc):
    return ServerContext(f"{live.host}:{live.port}", "", "labkey", use_ssl=False)


@pytest.fixture
def project(root):
    with suppress(QueryNotFoundError):
        container.delete(root, PROJECT)
    yield container.create(root, PROJECT, folder_type="study")
    with suppress(QueryNotFoundError):
        container.delete(root, PROJECT)


@pytest.fixture
def api(live, project):
    made = APIWrapper(f"{live.host}:{live.port}", PROJECT, "labkey", use_ssl=False)
    made.security.stop_impersonating()
    return made


@pytest.fixture
def user(api):
    """A user as the client's suite makes and deletes one."""
    made = api.security.create_user(EMAIL)
    yield made
    url = api.server_context.build_url("security", "deleteUser.api", container_path="/")
    api.server_context.make_request(url, {"id": made["userId"]})


def test_folders_are_made_renamed_listed_and_deleted(api, project):
    assert (project["path"], project["folderType"], project["type"]) == (f"/{PROJECT}", "study", "project")
    inner = api.container.create("Inner", title="A title", description="What for")
    assert (inner["path"], inner["title"], inner["description"]) == (f"/{PROJECT}/Inner", "A title", "What for")
    renamed = api.container.rename("Outer", container_path=f"{PROJECT}/Inner")
    assert (renamed["name"], renamed["title"], renamed["id"]) == ("Outer", "Outer", inner["id"])
    tree = api.container.get_containers(include_subfolders=True)
    assert [child["path"] for child in tree["children"]] == [f"/{PROJECT}/Outer"]
    bare = api.container.get_containers(include_effective_permissions=False, include_standard_properties=False)
    assert set(bare) == {"name", "path", "id", "children"}
    assert api.container.delete(f"{PROJECT}/Outer") == {}
    with pytest.raises(QueryNotFoundError, match="No such folder or workbook"):
        api.container.get_containers(f"{PROJECT}/Outer")


def test_what_cannot_be_done_with_folders_is_told_in_the_servers_words(api):
    api.container.create("Twice")
    for path, words in ((PROJECT, "500: A child container with the name 'Twice' already exists"),):
        with pytest.raises(ServerContextError) as caught:
            api.container.create("Twice", path)
        assert str(caught.value.message if hasattr(caught.value, "message") else caught.value).endswith(words)
    with pytest.raises(ServerContextError, match="is not deletable"):
        api.container.delete("home")
    with pytest.raises(ServerContextError, match="Please specify a name or a title"):
        api.container.rename()


def test_users_live_as_the_client_expects(api, user):
    assert user["success"] and user["email"] == EMAIL
    found = api.security.get_user_by_email(EMAIL)
    assert (found["userId"], found["displayName"]) == (user["userId"], "test user")
    with pytest.raises(ValueError, match="User not found"):
        api.security.get_user_by_email("nobody@test.test")
    assert api.security.deactivate_users([user["userId"]]) == {"success": True}
    assert api.security.activate_users([user["userId"]])["success"] is True
    assert api.security.reset_password(EMAIL) == {"success": True}


def test_users_are_deleted_by_the_client(api):
    made = api.security.create_user("gone@test.test")
    assert api.security.delete_users([made["userId"]]) == {"success": True}
    with pytest.raises(ServerContextError):
        api.security.delete_users([made["userId"]])


def test_groups_take_and_lose_members(api, user):
    url = api.server_context.build_url("security", "createGroup.api")
    group = api.server_context.make_request(url, json={"name": "Python Group"})
    assert group["name"] == "Python Group"
    listed = api.security.list_groups()["groups"]
    assert [(each["Name"], each["Id"]) for each in listed] == [("Python Group", group["id"])]
    assert {-1, -2, -3, -4} <= {each["Id"] for each in api.security.list_groups(include_site_groups=True)["groups"]}
    assert api.security.add_to_group(user["userId"], group["id"]) == {"added": [user["userId"]]}
    assert api.security.remove_from_group([user["userId"]], group["id"]) == {"removed": [user["userId"]]}


def test_roles_are_given_and_taken_by_id_and_by_address(api, user):
    editor = role(api, "Editor")
    assert editor["uniqueName"] == "org.labkey.api.security.roles.EditorRole"
    assert api.security.add_to_role(editor, user_id=user["userId"])["success"] is True
    assert api.security.remove_from_role(editor, email=EMAIL) == {"success": True, "hasChanges": True}
    with pytest.raises(ServerContextError, match="No such user: nobody@test"):
        api.security.add_to_role(editor, email="nobody@test.test")


def test_the_administrator_becomes_the_user_by_address_and_by_id_and_stops_again(api, user):
    for how in ({"email": EMAIL}, {"user_id": user["userId"]}):
        assert api.security.impersonate_user(**how) == {"success": True}
        who = api.security.who_am_i()
        assert (who.id, who.email, who.display_name) == (user["userId"], EMAIL, "test user")
        assert who.impersonated is True
        with pytest.raises(RequestError, match="403"):
            api.security.create_user("more@test.test")
        api.security.stop_impersonating()
        who = api.security.who_am_i()
        assert (who.email, who.impersonated) == ("admin@example.org", False)


def test_who_lacks_the_right_is_refused(live):
    analyst = ServerContext(f"{live.host}:{live.port}", "home", "labkey", use_ssl=False, api_key=live.analyst)
    for attempt in (
        lambda: container.create(analyst, "x"),
        lambda: container.delete(analyst),
        lambda: security.create_user(analyst, "x@test.test"),
        lambda: security.delete_users(analyst, [1001]),
    ):
        with pytest.raises((RequestError, ServerContextError), match="403"):
            attempt()
