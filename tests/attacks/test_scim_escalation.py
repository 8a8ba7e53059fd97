"""Attack: the key of a directory is stolen, or its directory is, and reaches for more than accounts."""

import json

import pytest

from keyhouse.core.permissions import Role
from tests.scim.conftest import GROUP, MEDIA_TYPE, USER, Directory, events, provisioner_of
from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in


@pytest.fixture
def provisioner(site):
    return provisioner_of(site)


@pytest.fixture
def directory(site, front, provisioner):
    return Directory(Client(front, keeps_cookies=False), issue(site, provisioner))


def changes_of(account):
    return (
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "path": "userName", "value": "mallory@example.org"},
        {"op": "replace", "path": "displayName", "value": "Mallory"},
    )


def assigned(site, role, folder="/"):
    from keyhouse.authz import folders

    holder = site.users.add(f"{role.value.lower().replace(' ', '.')}@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(role, holder, holder.email, folders.find(folder), OPERATOR)
    return holder


@pytest.mark.parametrize(
    "role",
    [Role.SITE_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR, Role.TROUBLESHOOTER],
)
def test_who_administers_the_site_is_not_changed(site, directory, role):
    holder = assigned(site, role)
    for change in changes_of(holder):
        assert directory.patch(f"/Users/{holder.id}", change).status == 403
    assert directory.send("DELETE", f"/Users/{holder.id}").status == 403
    holder.refresh_from_db()
    assert (holder.is_active, holder.email) == (True, f"{role.value.lower().replace(' ', '.')}@example.org")
    assert events("access refused")[-1].user == "directory@example.org"


def test_an_administrator_through_a_group_is_not_changed_either(site, directory, admin):
    assert directory.patch(f"/Users/{admin.id}", changes_of(admin)[0]).status == 403
    assert directory.get(f"/Users/{admin.id}").json["active"] is True


def test_the_address_of_who_may_more_is_not_led_to_a_mailbox_of_the_thief(site, directory, analyst):
    from keyhouse.authz import folders

    study = site.folders.add("/study", OPERATOR)
    site.assignments.assign(Role.READER, analyst, analyst.email, study, OPERATOR)
    site.folders.set_inheritance(study, False, OPERATOR)
    assert folders.find("/study").id == study.id
    answer = directory.patch(f"/Users/{analyst.id}", {"op": "replace", "path": "userName", "value": "m@evil.example"})
    assert answer.status == 403
    analyst.refresh_from_db()
    assert analyst.email == "analyst@example.org"


@pytest.mark.parametrize(
    "role",
    [Role.SITE_ADMINISTRATOR, Role.FOLDER_ADMINISTRATOR, Role.READER, Role.RESTRICTED_PHI_READER],
)
def test_no_group_that_grants_what_the_directory_lacks_gets_or_loses_members(site, directory, role):
    from keyhouse.authz import folders

    study = site.folders.add("/study", OPERATOR)
    site.folders.set_inheritance(study, False, OPERATOR)
    group, mallory = directory.add_group("Chosen"), directory.add("mallory@example.org")
    there = folders.root() if role.is_site_role else study
    site.assignments.assign(role, _group("Chosen"), "Chosen", there, OPERATOR)
    member = {"value": mallory["id"]}
    path = f"/Groups/{group['id']}"
    assert directory.patch(path, {"op": "add", "path": "members", "value": [member]}).status == 403
    whole = {"schemas": [GROUP], "displayName": "Chosen", "members": [member]}
    assert directory.send("PUT", path, whole).status == 403
    assert directory.patch(path, {"op": "replace", "path": "displayName", "value": "Mine"}).status == 403
    assert directory.send("DELETE", path).status == 403
    assert "members" not in directory.get(path).json


def test_a_group_is_no_way_into_another_one_that_grants_more(site, directory):
    study = site.folders.add("/study", OPERATOR)
    site.folders.set_inheritance(study, False, OPERATOR)
    outer, inner, mallory = (
        directory.add_group("Outer"),
        directory.add_group("Inner"),
        directory.add("mallory@example.org"),
    )
    site.assignments.assign(Role.READER, _group("Outer"), "Outer", study, OPERATOR)
    site.groups.add_member(_group("Outer"), _group("Inner"), OPERATOR)
    # Inner grants by being in Outer, although nothing is assigned to it.
    added = directory.patch(
        f"/Groups/{inner['id']}", {"op": "add", "path": "members", "value": [{"value": mallory["id"]}]}
    )
    assert added.status == 403
    assert directory.get(f"/Groups/{outer['id']}").json["members"][0]["value"] == inner["id"]


def test_a_directory_that_holds_what_a_group_grants_may_say_who_belongs_to_it(site, directory, provisioner):
    study = site.folders.add("/study", OPERATOR)
    site.folders.set_inheritance(study, False, OPERATOR)
    group, ana = directory.add_group("Readers"), directory.add("ana@example.org")
    site.assignments.assign(Role.READER, _group("Readers"), "Readers", study, OPERATOR)
    site.assignments.assign(Role.READER, provisioner, provisioner.email, study, OPERATOR)
    added = directory.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": ana["id"]}]})
    assert added.json["members"][0]["value"] == ana["id"]


def demanded(site, directory, of):
    """Demand a second factor of a group, in which is a group, in which is Mallory."""
    mallory = directory.add("mallory@example.org")
    inner = directory.add_group("Inner", mallory["id"])
    outer = directory.add_group("Careful", inner["id"])
    if of == "role":
        site.assignments.assign(Role.REQUIRE_SECOND_FACTOR, _group("Careful"), "Careful", folders_root(), OPERATOR)
    set_site(site, secondFactorFor=of, secondFactorGroup="Careful" if of == "group" else "")
    return mallory, inner, outer


def folders_root():
    from keyhouse.authz import folders

    return folders.root()


@pytest.mark.parametrize("of", ["group", "role"])
def test_nobody_is_let_off_the_second_factor(site, directory, of):
    from keyhouse.accounts.users import find

    _, inner, outer = demanded(site, directory, of)
    for group in (inner, outer):
        path = f"/Groups/{group['id']}"
        assert directory.patch(path, {"op": "remove", "path": "members"}).status == 403
        assert directory.send("DELETE", path).status == 403
        renamed = directory.patch(path, {"op": "replace", "path": "displayName", "value": "Old"})
        assert renamed.status == 403 and "second factor" in renamed.json["detail"]
    assert site.factors.is_required(find("mallory@example.org"))
    ana = directory.add("ana@example.org")
    added = directory.patch(f"/Groups/{inner['id']}", {"op": "add", "path": "members", "value": [{"value": ana["id"]}]})
    assert added.status == 200 and site.factors.is_required(find("ana@example.org"))


def test_no_empty_group_takes_the_place_of_the_one_that_must_have_a_second_factor(site, directory):
    directory.add("mallory@example.org")
    other = directory.add_group("Other")
    set_site(site, secondFactorFor="group", secondFactorGroup="Careful")
    body = {"schemas": [GROUP], "displayName": " careful "}
    assert directory.send("POST", "/Groups", body).status == 403
    assert directory.send("PUT", f"/Groups/{other['id']}", body).status == 403


def test_a_directory_gives_itself_nothing(directory, provisioner):
    group = directory.add_group("Mine")
    own = {"op": "add", "path": "members", "value": [{"value": str(provisioner.id)}]}
    assert directory.patch(f"/Groups/{group['id']}", own).status == 400
    assert directory.get(f"/Users/{provisioner.id}").status == 404
    again = directory.send("POST", "/Users", {"schemas": [USER], "userName": provisioner.email})
    assert again.status == 409
    for path, body in {
        "/security-createApiKey.api": {"type": "apikey"},
        "/security-createNewUser.api": {"email": "m@example.org"},
        "/security-addGroupMember.api": {"groupId": -1, "principalIds": [provisioner.id]},
    }.items():
        assert directory.client.post(path, {"apikey": directory.key}, json=body).status in {403, 404}


def test_groups_of_the_system_cannot_be_filled(directory):
    mallory = directory.add("mallory@example.org")
    for number in ("-1", "-2", "-3", "-4", "%2D1"):
        added = directory.patch(
            f"/Groups/{number}", {"op": "add", "path": "members", "value": [{"value": mallory["id"]}]}
        )
        assert added.status == 404


def test_nobody_provisions_without_the_role(site, front, client, analyst):
    for key in (issue(site, analyst), issue(site, assigned(site, Role.APPLICATION_ADMINISTRATOR))):
        stranger = Directory(Client(front, keeps_cookies=False), key)
        for method, path in (
            ("GET", "/Users"),
            ("POST", "/Users"),
            ("GET", "/Schemas"),
            ("DELETE", f"/Users/{analyst.id}"),
        ):
            assert stranger.send(method, path, {} if method == "POST" else None).status == 403
    guest = client.get("/scim/v2/Users")
    assert (guest.status, guest.json["status"]) == (401, "401")
    assert {line.partition(" ")[0] for line in guest.all("WWW-Authenticate")} == {"Basic", "Bearer"}


def test_a_page_that_makes_the_browser_of_an_administrator_post_changes_nothing(client, admin):
    from keyhouse.accounts.models import User

    sign_in(client, admin.email)
    body = json.dumps({"schemas": [USER], "userName": "mallory@example.org"}).encode()
    for headers in (
        {"Content-Type": MEDIA_TYPE},
        {"Content-Type": MEDIA_TYPE, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain", "Origin": "null"},
    ):
        assert client.request("POST", "/scim/v2/Users", headers, body=body).status in {401, 403}
    # Not even with the token of the site's own pages, or a password that the browser remembers.
    assert client.post("/scim/v2/Users", {"Content-Type": MEDIA_TYPE}, body=body).status == 403
    assert client.get("/scim/v2/Users").status == 403
    from base64 import b64encode

    basic = "Basic " + b64encode(f"{admin.email}:{PASSWORD}".encode()).decode()
    remembered = Client(client.front, keeps_cookies=False)
    assert (
        remembered.request(
            "POST", "/scim/v2/Users", {"Authorization": basic, "Content-Type": MEDIA_TYPE}, body=body
        ).status
        == 403
    )
    assert not User.objects.filter(email="mallory@example.org").exists()


def test_a_session_key_or_an_impersonation_provisions_nothing(site, front, client, admin):
    set_site(site, allowSessionKeys=True)
    sign_in(client, admin.email)
    key = client.post("/security-createApiKey.api", json={"type": "session"}).json["apikey"]
    assert Directory(Client(front, keeps_cookies=False), key).get("/Users").status == 403


def test_revoking_the_key_or_the_role_shuts_the_directory_out_at_once(site, directory, provisioner):
    from keyhouse.authz.folders import root
    from keyhouse.keys.models import ApiKey

    assert directory.get("/Users").status == 200
    site.assignments.remove(Role.ACCOUNT_PROVISIONER, provisioner, provisioner.email, root(), OPERATOR)
    assert directory.get("/Users").status == 403
    site.api_keys.revoke(ApiKey.objects.filter(owner=provisioner), OPERATOR)
    assert directory.get("/Users").status == 401


def _group(name):
    from keyhouse.accounts.groups import find

    return find(name)
