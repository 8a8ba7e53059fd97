"""Groups by SCIM: made, filled and emptied, and what a directory cannot see in them."""

from tests.scim.conftest import events, user_of
from tests.site import OPERATOR


def members(answer):
    return [each["value"] for each in answer.json.get("members", [])]


def test_a_group_is_made_with_its_members(directory):
    ana = directory.add("ana@example.org", displayName="Ana")
    group = directory.add_group("Analysts", ana["id"], externalId="g1")
    reference = f"http://127.0.0.1:8080/labkey/scim/v2/Users/{ana['id']}"
    assert group["members"] == [{"value": ana["id"], "$ref": reference, "type": "User"}]
    there = directory.get(f"/Users/{ana['id']}").json["groups"]
    assert [(each["value"], each["display"]) for each in there] == [(group["id"], "Analysts")]
    found = directory.found("Groups", 'displayName eq "analysts"', excludedAttributes="members").json["Resources"]
    assert [(each["id"], "members" in each) for each in found] == [(group["id"], False)]


def test_members_come_and_go(directory):
    ana, bob, cy = (directory.add(f"{name}@example.org")["id"] for name in ("ana", "bob", "cy"))
    path = f"/Groups/{directory.add_group('Analysts', ana)['id']}"
    assert members(directory.patch(path, {"op": "add", "path": "members", "value": [{"value": bob}]})) == [ana, bob]
    assert members(directory.patch(path, {"op": "add", "path": "members", "value": [{"value": bob}]})) == [ana, bob]
    assert members(directory.patch(path, {"op": "remove", "path": f'members[value eq "{ana}"]'})) == [bob]
    assert members(directory.patch(path, {"op": "replace", "path": "members", "value": [{"value": cy}]})) == [cy]
    assert members(directory.patch(path, {"op": "remove", "path": "members"})) == []


def test_groups_may_be_members_and_never_of_themselves(directory):
    inner, outer = directory.add_group("Inner"), directory.add_group("Outer")
    added = directory.patch(
        f"/Groups/{outer['id']}", {"op": "add", "path": "members", "value": [{"value": inner["id"]}]}
    )
    assert added.json["members"][0]["type"] == "Group"
    circle = directory.patch(
        f"/Groups/{inner['id']}", {"op": "add", "path": "members", "value": [{"value": outer["id"]}]}
    )
    assert (circle.status, circle.json["scimType"]) == (400, "invalidValue")


def test_a_change_that_fails_changes_nothing(directory):
    ana = directory.add("ana@example.org")["id"]
    path = f"/Groups/{directory.add_group('Analysts')['id']}"
    answer = directory.patch(
        path,
        {"op": "replace", "path": "displayName", "value": "Others"},
        {"op": "add", "path": "members", "value": [{"value": ana}, {"value": "999999"}]},
    )
    assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")
    assert (directory.get(path).json["displayName"], members(directory.get(path))) == ("Analysts", [])


def test_members_whom_the_directory_does_not_see_stay(site, directory):
    from keyhouse.accounts.groups import find
    from keyhouse.accounts.models import Membership

    ana, robot = directory.add("ana@example.org"), site.users.add("robot@example.org", OPERATOR, is_service=True)
    made = directory.add_group("Analysts", ana["id"])
    site.groups.add_member(find("Analysts"), robot, OPERATOR)
    path = f"/Groups/{made['id']}"
    assert members(directory.get(path)) == [ana["id"]]
    directory.patch(path, {"op": "replace", "path": "members", "value": []})
    assert set(Membership.objects.values_list("member_id", flat=True)) == {robot.id}


def test_names_are_unique_and_follow_the_rules_of_the_site(directory):
    directory.add_group("Analysts")
    group = ["urn:ietf:params:scim:schemas:core:2.0:Group"]
    taken = directory.send("POST", "/Groups", {"schemas": group, "displayName": "ANALYSTS"})
    assert (taken.status, taken.json["scimType"]) == (409, "uniqueness")
    bad = directory.send("POST", "/Groups", {"schemas": group, "displayName": "<script>"})
    assert (bad.status, bad.json["scimType"]) == (400, "invalidValue")


def test_groups_of_the_system_and_of_projects_are_not_seen(site, directory):
    from keyhouse.accounts.models import Group

    project = site.folders.add("/Trial", OPERATOR)
    own = site.groups.add("Trial team", OPERATOR, project.entity_id)
    assert directory.get("/Groups").json["totalResults"] == 0
    for number in (own.id, *Group.objects.filter(is_system=True).values_list("id", flat=True)):
        assert directory.get(f"/Groups/{number}").status == 404


def test_a_deleted_group_takes_its_memberships_along(directory):
    ana = directory.add("ana@example.org")
    group = directory.add_group("Analysts", ana["id"])
    assert directory.send("DELETE", f"/Groups/{group['id']}").status == 204
    assert directory.get(f"/Groups/{group['id']}").status == 404
    assert "groups" not in directory.get(f"/Users/{ana['id']}").json
    assert user_of(ana).is_active


def test_many_members_are_few_statements_and_each_is_in_the_log(directory):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from keyhouse.accounts.models import User

    for number in range(60):
        # Without the rows of the log that adding them one by one writes.
        User.objects.create(email=f"u{number}@example.org", created_at="2026-01-01T00:00:00Z")
    ids = [str(number) for number in User.objects.filter(is_service=False).values_list("id", flat=True)]
    group = directory.add_group("Many", ids[0])
    with CaptureQueriesContext(connection) as told:
        answer = directory.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": values(ids)})
    assert (answer.status, len(answer.json["members"])) == (200, len(ids)) and len(told) < 60
    assert len({each.details["memberId"] for each in events("group changed") if "memberId" in each.details}) == len(ids)
    assert directory.patch(f"/Groups/{group['id']}", {"op": "remove", "path": "members"}).status == 200
    assert sum("lost the member" in each.comment for each in events("group changed")) == len(ids)


def values(ids):
    return [{"value": each} for each in ids]
