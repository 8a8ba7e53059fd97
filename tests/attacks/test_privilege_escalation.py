"""Attack: an ordinary user, or an administrator of a part, reaches for what belongs to others."""

import pytest

from keyhouse.core.permissions import Role
from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in


@pytest.fixture
def analyst_browser(client, analyst):
    sign_in(client, analyst.email)
    return client


@pytest.fixture
def manager(site, front):
    """An Application Administrator: manages users, and is no Site Administrator."""
    from keyhouse.authz.folders import root

    user = site.users.add("manager@example.org", OPERATOR, PASSWORD)
    site.assignments.assign(Role.APPLICATION_ADMINISTRATOR, user, user.email, root(), OPERATOR)
    browser = Client(front)
    sign_in(browser, user.email)
    return browser


def is_site_admin(user) -> bool:
    from keyhouse.authz.rights import rights_of
    from keyhouse.core.permissions import Permission
    from keyhouse.core.principal import Principal

    return rights_of(Principal(user.id, user.email, "")).may(Permission.ADMIN_OPERATIONS)


def test_no_action_of_the_administration_opens_for_an_ordinary_user(site, analyst_browser, admin):
    for action in site.actions:
        if action.site_permission is None:
            continue
        for method in action.methods - {"HEAD"}:
            answer = analyst_browser.request(
                method, f"/{action.name}.view", form={"userId": str(admin.id), "do": "delete"}
            )
            assert answer.status in {403, 404}, (action.name, method, answer.status)
    assert type(admin).objects.filter(id=admin.id).exists()


def test_no_action_that_needs_a_sign_in_opens_for_a_guest(site, client, admin):
    for action in site.actions:
        if not (action.needs_sign_in or action.permission or action.site_permission):
            continue
        for method in action.methods - {"HEAD"}:
            answer = client.request(method, f"/home/{action.name}.view", form={})
            assert answer.status in {302, 401, 404}, (action.name, method, answer.status)


def test_another_users_keys_cannot_be_seen_or_deleted(site, analyst_browser, admin, analyst):
    from keyhouse.keys.models import ApiKey

    key = issue(site, admin, description="the key of the administrator")
    row = ApiKey.objects.get()
    listed = analyst_browser.get("/home/query-selectRows.api?schemaName=core&query.queryName=UserApiKeys")
    assert listed.status == 200 and "the key of the administrator" not in listed.text
    for query in ("UserApiKeys", "APIKeys"):
        body = {"schemaName": "core", "queryName": query, "rows": [{"RowId": row.id}]}
        assert analyst_browser.post("/home/query-deleteRows.api", json=body).status >= 400
    form = {"do": "delete", "rowId": str(row.id), "key": row.key_id, ".select": str(row.id), "confirmed": "1"}
    for path in ("/security-externalToolsView.view", "/query-deleteQueryRows.view"):
        analyst_browser.post(path, form=form)
    assert Client(analyst_browser.front).get("/login-whoAmI.api", {"apikey": key}).status == 200


def test_an_api_key_cannot_make_another_key(site, analyst_browser, analyst):
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    script = Client(analyst_browser.front)
    headers = {"apikey": issue(site, analyst)}
    for kind in ("apikey", "session"):
        assert script.post("/security-createApiKey.api", headers, json={"type": kind}).status == 403
        assert script.post("/security-createApiKey.api", json={"type": kind}).status == 403


def test_no_key_is_made_while_keys_are_switched_off(site, analyst_browser):
    from keyhouse.keys.models import ApiKey

    for kind in ("apikey", "session"):
        assert analyst_browser.post("/security-createApiKey.api", json={"type": kind}).status == 404
    analyst_browser.post("/security-externalToolsView.view", form={"do": "generate", "description": "x"})
    assert not ApiKey.objects.exists()


def test_who_manages_users_cannot_become_a_site_administrator(site, manager, admin):
    from keyhouse.accounts.users import find

    for path, form in {
        "/security-group.view": {"id": "-1", "do": "add", "member": "manager@example.org"},
        "/security-permissions.view": {
            "do": "assign",
            "role": "Site Administrator",
            "principal": "manager@example.org",
        },
        "/user-details.view": {"userId": str(admin.id), "do": "reset"},
    }.items():
        answer = manager.post(path, form=form)
        assert "Only a site administrator" in answer.text and "setPassword" not in answer.text, path
    assert not is_site_admin(find("manager@example.org"))


def test_who_manages_users_cannot_reach_the_administrators_through_a_nested_group(site, manager, admin):
    from keyhouse.accounts.groups import find
    from keyhouse.accounts.users import find as find_user

    inner = site.groups.add("Operators", OPERATOR)
    site.groups.add_member(find("Administrators"), inner, OPERATOR)
    answer = manager.post(
        "/security-group.view", form={"id": str(inner.id), "do": "add", "member": "manager@example.org"}
    )
    assert "Only a site administrator" in answer.text
    assert not is_site_admin(find_user("manager@example.org"))


@pytest.mark.parametrize("do", ["deactivate", "delete"])
def test_who_manages_users_cannot_remove_a_site_administrator(site, manager, admin, do):
    manager.post("/user-details.view", form={"userId": str(admin.id), "do": do, "confirmed": "1"})
    admin.refresh_from_db()
    assert admin.is_active


def test_a_folder_administrator_reaches_no_other_folder_and_no_site_role(site, front, analyst):
    from keyhouse.authz.models import RoleAssignment

    mine, other = site.folders.add("/Mine", OPERATOR), site.folders.add("/Other", OPERATOR)
    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, analyst, analyst.email, mine, OPERATOR)
    browser = Client(front)
    sign_in(browser, analyst.email)
    before = set(RoleAssignment.objects.exclude(folder=mine).values_list("folder", "principal", "role"))
    form = {"do": "assign", "role": "Editor", "principal": analyst.email}
    assert browser.post("/Other/security-permissions.view", form=form).status == 403
    assert browser.post("/security-permissions.view", form={**form, "role": "Site Administrator"}).status == 403
    browser.post("/Mine/security-permissions.view", form={**form, "role": "Site Administrator"})
    browser.post(f"/Mine/security-permissions.view?folder={other.id}&containerPath=/Other", form=form)
    assert set(RoleAssignment.objects.exclude(folder=mine).values_list("folder", "principal", "role")) == before
    assert not is_site_admin(analyst)


def test_parameters_cannot_name_another_user_to_act_as(site, analyst_browser, admin):
    set_site(site, allowApiKeys=True)
    body = {"type": "apikey", "userId": admin.id, "owner": admin.email, "email": admin.email, "CreatedBy": admin.id}
    key = analyst_browser.post("/security-createApiKey.api", json=body).json["apikey"]
    answer = Client(analyst_browser.front).get("/login-whoAmI.api", {"apikey": key, "X-Remote-User": admin.email})
    assert answer.json["email"] == "analyst@example.org"


def test_headers_of_proxies_do_not_name_the_user(site, client, admin):
    headers = dict.fromkeys(("X-Remote-User", "Remote-User", "X-Forwarded-User", "X-User", "REMOTE_USER"), admin.email)
    assert client.get("/login-whoAmI.api", headers).json["email"] == "guest"
