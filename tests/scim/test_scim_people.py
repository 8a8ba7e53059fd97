"""People by SCIM: added, changed, deactivated, and what that does to their sessions and keys."""

from tests.scim.conftest import events, user_of
from tests.site import OPERATOR, Client, issue, set_site, sign_in


def test_a_person_is_added_who_has_no_password(directory):
    answer = directory.send(
        "POST",
        "/Users",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "Ana.Lyst@Example.org",
            "externalId": "00u1",
            "name": {"givenName": "Ana", "familyName": "Lyst"},
        },
    )
    assert answer.status == 201
    assert answer.header("Content-Type") == "application/scim+json"
    assert answer.header("Location") == answer.json["meta"]["location"]
    assert answer.header("ETag") == answer.json["meta"]["version"]
    user = user_of(answer.json)
    assert (user.email, user.display_name, user.has_usable_password()) == ("ana.lyst@example.org", "Ana Lyst", False)
    assert (answer.json["userName"], answer.json["active"]) == ("ana.lyst@example.org", True)
    assert directory.get(f"/Users/{answer.json['id']}").json == answer.json


def test_deactivation_ends_sessions_and_refuses_keys_at_once(site, directory, client, analyst):
    set_site(site, allowApiKeys=True)
    key = {"apikey": issue(site, analyst)}
    sign_in(client, analyst.email)
    assert directory.patch(f"/Users/{analyst.id}", {"op": "replace", "path": "active", "value": False}).status == 200
    assert Client(directory.client.front).get("/login-whoAmI.api", key).status == 401
    assert client.get("/login-whoAmI.api").json["email"] == "guest"
    assert directory.patch(f"/Users/{analyst.id}", {"op": "replace", "path": "active", "value": True}).status == 200
    assert Client(directory.client.front).get("/login-whoAmI.api", key).status == 200
    assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_who_is_deleted_is_deactivated_for_good_and_seen_no_more(site, directory):
    person = directory.add("ana@example.org", externalId="00u1")
    user = user_of(person)
    key = {"apikey": issue(site, user)}
    assert directory.send("DELETE", f"/Users/{person['id']}").status == 204
    for answer in (directory.get(f"/Users/{person['id']}"), directory.send("DELETE", f"/Users/{person['id']}")):
        assert (answer.status, answer.json["status"]) == (404, "404")
    assert directory.found("Users", 'userName eq "ana@example.org"').json["totalResults"] == 0
    user.refresh_from_db()
    assert not user.is_active
    site.users.reactivate(user, OPERATOR)
    assert directory.get(f"/Users/{person['id']}").json["active"] is True
    assert Client(directory.client.front).get("/login-whoAmI.api", key).status == 401


def test_an_address_that_was_given_to_somebody_else_does_not_bring_the_rights_of_the_one_before(directory):
    old = directory.add("ana@example.org", externalId="00u1")
    directory.send("DELETE", f"/Users/{old['id']}")
    body = {"schemas": old["schemas"], "userName": "ana@example.org"}
    for other in ({"externalId": "00u2"}, {}):
        refused = directory.send("POST", "/Users", {**body, **other})
        assert (refused.status, refused.json["scimType"]) == (409, "uniqueness")
    back = directory.send("POST", "/Users", {**body, "externalId": "00u1"})
    assert (back.status, back.json["id"], back.json["active"]) == (201, old["id"], True)


def test_nobody_is_added_twice(directory, analyst):
    refused = directory.send("POST", "/Users", {"schemas": [], "userName": analyst.email.upper()})
    assert refused.status in {400, 409}
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
    refused = directory.send("POST", "/Users", {"schemas": schemas, "userName": analyst.email.upper()})
    assert (refused.status, refused.json["scimType"]) == (409, "uniqueness")


def test_put_replaces_and_keeps_what_only_the_server_knows(directory):
    person = directory.add("ana@example.org", displayName="Ana", externalId="1", emails=[{"value": "a@home.example"}])
    body = {"schemas": person["schemas"], "id": "999", "userName": "ana@example.org", "name": {"formatted": "Ana L"}}
    answer = directory.send("PUT", f"/Users/{person['id']}", body)
    assert answer.status == 200
    assert (answer.json["id"], answer.json["active"]) == (person["id"], True)
    assert answer.json["name"] == {"formatted": "Ana L"}
    assert not {"emails", "externalId", "displayName"} & set(answer.json)
    assert user_of(person).display_name == "Ana L"


def test_a_new_address_is_the_new_name_of_the_account(directory):
    person = directory.add("ana@example.org")
    answer = directory.patch(
        f"/Users/{person['id']}", {"op": "replace", "path": "userName", "value": "Ana2@example.org"}
    )
    assert (answer.status, answer.json["userName"]) == (200, "ana2@example.org")
    changed = events("user changed")[-1]
    assert changed.details["old"] == {"email": "ana@example.org"}
    assert changed.details["new"] == {"email": "ana2@example.org"}
    directory.add("bob@example.org")
    taken = directory.patch(f"/Users/{person['id']}", {"op": "replace", "path": "userName", "value": "bob@example.org"})
    assert (taken.status, taken.json["scimType"]) == (409, "uniqueness")


def test_lists_come_in_pages_and_may_be_filtered(directory):
    for number in range(5):
        directory.add(f"p{number}@example.org", externalId=f"x{number}", active=number != 3)
    page = directory.get("/Users?startIndex=2&count=2").json
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert [each["userName"] for each in page["Resources"]] == ["p1@example.org", "p2@example.org"]
    assert directory.get("/Users?count=0").json["Resources"] == []
    for filter_, found in {
        'userName eq "P1@EXAMPLE.ORG"': ["p1"],
        'externalId eq "x2"': ["p2"],
        'externalId eq "X2"': [],
        "active eq false": ["p3"],
        'userName sw "p" and not (userName ew "4@example.org") and active eq true': ["p0", "p1", "p2"],
        'emails.value co "p4"': [],
        'userName eq "p1@example.org" or userName eq "p3@example.org"': ["p1", "p3"],
        'id eq "abc"': [],
    }.items():
        answer = directory.found("Users", filter_)
        assert answer.status == 200, answer.text
        assert [each["userName"].partition("@")[0] for each in answer.json["Resources"]] == found, filter_
    told = directory.found("Users", 'externalId eq "x1"', attributes="userName").json["Resources"][0]
    assert set(told) == {"schemas", "id", "userName"}
    searched = directory.send("POST", "/Users/.search", {"filter": 'userName sw "p"', "count": 1}).json
    assert (searched["totalResults"], len(searched["Resources"])) == (5, 1)


def test_a_change_of_what_has_changed_meanwhile_is_refused(directory):
    person = directory.add("ana@example.org")
    version = person["meta"]["version"]
    assert version.startswith('W/"')
    assert directory.get(f"/Users/{person['id']}", If_None_Match=version).status == 304
    body = {**person, "displayName": "Ana"}
    assert directory.send("PUT", f"/Users/{person['id']}", body, If_Match=version).status == 200
    assert directory.send("PUT", f"/Users/{person['id']}", body, If_Match=version).status == 412
    assert directory.send("DELETE", f"/Users/{person['id']}", If_Match=version).status == 412
    assert directory.send("DELETE", f"/Users/{person['id']}", If_Match="*").status == 204


def test_service_accounts_are_not_seen(site, directory, provisioner):
    robot = site.users.add("robot@example.org", OPERATOR, is_service=True)
    assert directory.get("/Users").json["totalResults"] == 0
    for account in (robot, provisioner):
        assert directory.get(f"/Users/{account.id}").status == 404
        assert (
            directory.patch(f"/Users/{account.id}", {"op": "replace", "path": "active", "value": False}).status == 404
        )


def test_all_that_a_directory_does_is_in_the_log_with_its_key(directory, analyst):
    directory.get("/Users")
    directory.patch(f"/Users/{analyst.id}", {"op": "replace", "path": "active", "value": False})
    for kind in ("accounts read", "user deactivated"):
        event = events(kind)[-1]
        assert (event.user, event.key_id, event.via) == (
            "directory@example.org",
            directory.key.split("_")[1],
            "an API key",
        )


def test_a_site_without_the_library_says_how_to_install_it(directory, monkeypatch):
    import sys

    for name in [each for each in sys.modules if each.startswith(("scim2_models", "keyhouse.scim.serve"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scim2_models", None)
    answer = directory.get("/Users")
    assert answer.status == 501
    assert "pip install 'keyhouse[scim]'" in answer.json["detail"]
