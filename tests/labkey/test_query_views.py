"""Custom views: saved, listed, deleted and used for reading (client-api.md, sections 8.1 and 8.7)."""

import pytest
from tests.site import Client, sign_in

OLD = {"fieldKey": "age", "op": "gt", "value": "50"}
VIEW = {
    "name": "Old",
    "columns": [{"fieldKey": "patient_id"}, {"fieldKey": "age", "title": "Age at entry"}],
    "filter": [OLD],
    "sort": [{"fieldKey": "age", "dir": "-"}],
}
PATIENTS = {"schemaName": "pbc", "queryName": "patients"}


def save(script, *views, **more):
    return script.post("/home/query-saveQueryViews.api", {**PATIENTS, "views": list(views), **more})


def views(script, **parameters):
    answer = script.get("/home/query-getQueryViews.api", **PATIENTS, **parameters)
    assert answer.status == 200, answer.text
    return {view["name"]: view for view in answer.json["views"]}


def test_default_view_is_listed_though_nobody_saved_one(script, pbc):
    default = views(script)[""]
    assert (default["default"], default["label"], default["doesNotExist"]) == (True, "default", True)
    assert default["columns"][0] == {"name": "patient_id", "key": "patient_id", "fieldKey": "patient_id"}
    assert "fields" not in default
    assert views(script, metadata="true")[""]["fields"][0]["name"] == "patient_id"


def test_saved_view_comes_back_as_it_was_saved(script, pbc):
    answer = save(script, VIEW)
    assert answer.status == 200, answer.text
    assert answer.json["redirect"].endswith("query.queryName=patients&query.viewName=Old")
    view = views(script)["Old"]
    assert view == views(script, viewName="old")["Old"]
    assert [column.get("title") for column in view["columns"]] == [None, "Age at entry"]
    assert (view["filter"], view["sort"]) == ([OLD], [{"fieldKey": "age", "dir": "-"}])
    assert (view["shared"], view["session"], view["owner"]) == (False, False, "analyst")


def test_details_of_a_query_read_its_views_once(script, pbc, monkeypatch):
    from keyhouse.queries.views import CustomViews

    seen, read = [], CustomViews._visible
    monkeypatch.setattr(CustomViews, "_visible", lambda *asked: seen.append(1) or read(*asked))
    assert script.get("/home/query-getQueryDetails.api", **PATIENTS, viewName="*").status == 200
    assert script.get("/home/query-getQueryViews.api", **PATIENTS).status == 200
    assert len(seen) == 2


def test_saved_view_can_be_sent_back_as_it_was_told(script, pbc):
    save(script, VIEW)
    told = views(script, metadata="true")["Old"]
    assert save(script, told).status == 200
    assert views(script, metadata="true")["Old"] == told


def test_view_is_of_its_owner_and_shared_one_of_everybody(script, admin_script, pbc):
    save(script, VIEW)
    assert "Old" not in views(admin_script)
    assert save(admin_script, {**VIEW, "shared": True}).json["views"][0]["shared"] is True
    assert views(admin_script)["Old"]["shared"] is True
    assert views(script)["Old"]["shared"] is False, "one's own stands before the shared one"


def test_shared_view_is_saved_for_oneself_where_one_may_not_share(script, admin_script, pbc):
    answer = save(script, VIEW, shared=True)
    assert (answer.status, answer.json["views"][0]["shared"]) == (200, False)
    assert "Old" not in views(admin_script)


def test_shared_view_takes_the_place_of_ones_own(admin_script, pbc):
    save(admin_script, VIEW)
    save(admin_script, {**VIEW, "shared": True})
    assert admin_script.post("/home/query-deleteView.api", {**PATIENTS, "viewName": "Old"}).json == {"viewName": None}
    assert "Old" not in views(admin_script)


def test_view_is_replaced_unless_that_is_not_wanted(script, pbc):
    save(script, VIEW)
    assert save(script, {**VIEW, "name": "OLD", "sort": []}).status == 200
    assert views(script)["OLD"]["sort"] == []
    answer = save(script, {**VIEW, "replace": False})
    assert (answer.status, answer.json["exception"]) == (400, 'A saved view by the name "Old" already exists.')


def test_view_of_the_session_stands_before_the_stored_one_until_it_is_reverted(script, pbc):
    save(script, VIEW)
    save(script, {**VIEW, "sort": [], "session": True})
    assert (views(script)["Old"]["session"], views(script)["Old"]["sort"]) == (True, [])
    assert views(script, excludeSessionView="true")["Old"]["session"] is False
    answer = script.post("/home/query-deleteView.api", {**PATIENTS, "viewName": "Old", "complete": False})
    assert answer.json == {"viewName": "Old"}
    assert views(script)["Old"]["session"] is False


def test_complete_deletion_takes_the_stored_view_too(script, pbc):
    save(script, VIEW)
    save(script, {**VIEW, "session": True})
    form = {"query.queryName": "patients", "schemaName": "pbc", "query.viewName": "Old", "complete": "true"}
    answer = script.client.post("/home/query-deleteView.api", {"apikey": script.key}, form=form)
    assert answer.json == {"viewName": None}
    assert set(views(script)) == {""}


def test_view_of_a_browser_session_is_seen_in_that_session_alone(front, admin_script, analyst, script, pbc):
    one, other = Client(front), Client(front)
    for browser in (one, other):
        sign_in(browser, "analyst@example.org")
    assert (
        one.post("/home/query-saveQueryViews.api", json={**PATIENTS, "views": [{**VIEW, "session": True}]}).status
        == 200
    )

    def names(client):
        return {view["name"] for view in client.get("/home/query-getQueryViews.api", **PATIENTS).json["views"]}

    assert names(one) == {"", "Old"}
    assert names(other) == {""}
    assert "Old" not in views(script)


def test_view_of_a_session_ends_with_it(front, analyst, pbc):
    from keyhouse.queries.models import CustomView

    browser = Client(front)
    sign_in(browser, "analyst@example.org")
    browser.post("/home/query-saveQueryViews.api", json={**PATIENTS, "views": [{**VIEW, "session": True}]})
    assert CustomView.objects.count() == 1
    browser.post("/login-logout.api")
    assert CustomView.objects.count() == 0


def test_view_of_the_session_can_be_kept(script, pbc):
    save(script, {**VIEW, "session": True})
    keep = {**PATIENTS, "viewName": "Old", "newName": "Elder", "replace": True}
    assert script.post("/home/query-saveSessionView.api", keep).json == {"success": True}
    assert {name: view["session"] for name, view in views(script).items()} == {"": False, "Elder": False}
    again = script.post("/home/query-saveSessionView.api", {**keep, "viewName": "Elder"})
    assert again.json["exception"] == "This action only supports saving session views."


def test_kept_view_is_not_shared_by_who_may_not(script, pbc):
    save(script, {**VIEW, "session": True})
    keep = {**PATIENTS, "viewName": "Old", "newName": "Old", "shared": True}
    assert script.post("/home/query-saveSessionView.api", keep).status == 403
    assert views(script)["Old"]["session"] is True


def test_view_can_be_renamed(script, pbc):
    save(script, VIEW, {**VIEW, "name": "Young"})
    rename = {**PATIENTS, "viewName": "Old", "newName": "Elder"}
    assert script.post("/home/query-renameQueryView.api", rename).json == {"success": True}
    taken = script.post("/home/query-renameQueryView.api", {**rename, "viewName": "Elder", "newName": "Young"})
    assert (taken.status, "already exists" in taken.json["exception"]) == (400, True)
    assert set(views(script)) == {"", "Elder", "Young"}


def test_inherited_view_is_seen_in_folders_below(site, script, admin_script, pbc, pbc_file):
    from tests.site import OPERATOR

    from keyhouse.authz import folders

    site.folders.add("/home/sub", OPERATOR)
    site.sources.add("pbc", f"sqlite:///{pbc_file}", folders.find("/home/sub"), OPERATOR)
    save(admin_script, {**VIEW, "shared": True}, {**VIEW, "name": "Kept", "shared": True, "inherit": True})
    below = script.get("/home/sub/query-getQueryViews.api", **PATIENTS).json["views"]
    assert [(view["name"], view["containerPath"]) for view in below] == [("Kept", "/home"), ("", "/home/sub")]
    body = {**PATIENTS, "views": [{**VIEW, "name": "Up", "inherit": True, "containerPath": "/home"}]}
    assert script.post("/home/sub/query-saveQueryViews.api", body).status == 403
    assert admin_script.post("/home/sub/query-saveQueryViews.api", body).json["views"][0]["containerPath"] == "/home"
    elsewhere = {**body, "views": [{**body["views"][0], "containerPath": "/Shared"}]}
    assert admin_script.post("/home/sub/query-saveQueryViews.api", elsewhere).status == 400


def test_guest_saves_and_deletes_nothing(site, client, script, admin_script, pbc):
    save(admin_script, {**VIEW, "shared": True})
    body = {**PATIENTS, "views": [VIEW]}
    client.get("/login-whoAmI.api")
    assert client.post("/home/query-saveQueryViews.api", json=body).status == 401
    assert client.post("/home/query-deleteView.api", json={**PATIENTS, "viewName": "Old"}).status == 401
    assert script.post("/home/query-deleteView.api", {**PATIENTS, "viewName": "Old"}).status == 403


def test_view_that_there_is_not_cannot_be_deleted(script, pbc):
    answer = script.post("/home/query-deleteView.api", {**PATIENTS, "viewName": "x"})
    assert answer.status == 404
    assert answer.json["exception"] == "The requested view 'x' does not exist for this user."


def test_changes_are_in_the_log_without_the_values_of_filters(script, pbc, events):
    save(script, VIEW)
    script.post("/home/query-deleteView.api", {**PATIENTS, "viewName": "Old"})
    saved, deleted = events("view changed")
    assert (saved.comment, deleted.comment) == (
        "View 'Old' of pbc.patients was saved.",
        "View 'Old' of pbc.patients was deleted.",
    )
    assert saved.details["columns"] == ["patient_id", "age"]
    assert saved.details["filters"] == ["age~gt"]
    assert "50" not in str(saved.details)


@pytest.mark.parametrize(
    ("view", "named"),
    [
        ({"name": "x"}, "at least one field"),
        ({"name": "x", "columns": "a"}, "views[0].columns"),
        ({"name": "x", "columns": [1]}, "views[0].columns[0]"),
        ({"name": "x", "columns": [{"fieldKey": {}}]}, "views[0].columns[0].fieldKey"),
        ({"name": "x", "columns": [{"title": "a"}]}, "views[0].columns[0].fieldKey"),
        ({"name": "x", "columns": [{"fieldKey": "a"}] * 10_000}, "views[0].columns"),
        ({"name": "x", "columns": ["a"], "filter": [{"fieldKey": "a", "value": []}]}, "views[0].filter[0].value"),
        ({"name": "x", "columns": ["a"], "filter": [{"fieldKey": "a", "value": "1" * 100_001}]}, "filter[0].value"),
        ({"name": "x", "columns": ["a"], "sort": {"fieldKey": "a"}}, "views[0].sort"),
        ({"name": "x", "columns": ["a"], "shared": "perhaps"}, "views[0].shared"),
        ({"name": ["x"], "columns": ["a"]}, "views[0].name"),
        ({"name": "x" * 201, "columns": ["a"]}, "at most 200 characters"),
        ({"name": "a\nb", "columns": ["a"]}, "control characters"),
        ({"name": "Default", "columns": ["a"]}, "'Default' is not allowed"),
        ("x", "views[0]"),
    ],
)
def test_bad_member_of_a_view_is_named(script, pbc, view, named):
    answer = save(script, view)
    assert answer.status == 400
    assert named in answer.json["exception"]
    assert set(views(script)) == {""}


def test_names_with_nul_and_lists_that_are_none_are_refused(script, pbc):
    assert save(script, {"name": "a\0b", "columns": ["a"]}).status == 400
    assert script.post("/home/query-saveQueryViews.api", {**PATIENTS, "views": {}}).status == 400
    assert script.post("/home/query-saveQueryViews.api", {**PATIENTS, "views": [VIEW] * 101}).status == 400
    assert script.post("/home/query-saveQueryViews.api", {}).status in (404, 500)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("x", "y"), "The schema name 'x' was not found within the folder '/home'"),
        (("pbc", "y"), "The query 'y' was not found within the 'pbc' schema in the container '/home'!"),
    ],
)
def test_views_of_nothing_are_an_error(script, pbc, names, text):
    answer = script.get("/home/query-getQueryViews.api", schemaName=names[0], queryName=names[1])
    assert (answer.status, answer.json["exception"]) == (404, text)


def test_views_of_one_who_may_not_read_are_refused(script, client):
    assert client.get("/home/query-getQueryViews.api", **PATIENTS).status == 401
    assert script.get("/query-getQueryViews.api", **PATIENTS).status == 403
