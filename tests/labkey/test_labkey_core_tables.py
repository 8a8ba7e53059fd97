"""Schema core: everybody sees what is theirs to see, and nobody a digest (labkey-server.md, section 1.6)."""

from datetime import timedelta

import pytest
from tests.site import OPERATOR, Client, issue, set_site, sign_in


def rows(answer):
    assert answer.status == 200, answer.text
    return answer.json["rows"]


def test_manager_of_users_sees_them_whole_and_others_names_alone(admin_script, script, admin, analyst):
    assert rows(admin_script.select("core", "Users"))[0]["Email"] == "admin@example.org"
    assert rows(script.select("core", "users")) == [
        {"UserId": admin.id, "DisplayName": "admin"},
        {"UserId": analyst.id, "DisplayName": "analyst"},
    ]


def test_email_of_others_cannot_be_probed_by_a_filter(script, admin):
    query = {"query.Email~startswith": "admin", "strictFilters": "true"}
    assert script.select("core", "Users", **query).status == 400


def test_guests_see_no_users_and_no_groups(site, client, analyst):
    from keyhouse.accounts.groups import find
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    site.assignments.assign(Role.READER, find("Guests"), "Guests", folders.find("/home"), OPERATOR)
    for query in ("Users", "Groups"):
        answer = client.get("/home/query-selectRows.api", schemaName="core", queryName=query)
        assert rows(answer) == []
    assert client.get("/home/query-selectRows.api", schemaName="core", queryName="UserApiKeys").status == 404


def test_folders_are_those_that_may_be_read(site, script, admin_script):
    assert {row["Path"] for row in rows(script.select("core", "Containers"))} == {"/home", "/Shared"}
    assert "/" in [row["Path"] for row in rows(admin_script.select("core", "Containers"))]
    assert {row["Parent"] for row in rows(script.select("core", "Containers"))} == {None}


@pytest.mark.parametrize("query", ["APIKeys", "apikeys"])
def test_all_keys_are_for_managers_of_users_and_else_as_if_absent(script, admin_script, query):
    answer = script.select("core", query)
    assert answer.status == 404
    assert answer.json["exception"] == f"The specified query '{query}' does not exist in schema 'core'"
    assert len(rows(admin_script.select("core", query))) == 2


def test_own_keys_can_be_read_in_any_folder_and_are_ones_own_alone(site, script, admin_script, analyst):
    for folder in ("/", "/home"):
        [row] = rows(script.select("core", "UserApiKeys", folder=folder))
        assert row["KeyId"] == script.key.split("_")[1]


def test_lists_name_the_key_tables_as_the_caller_may_see_them(script, admin_script):
    def names(of):
        return [query["name"] for query in of.get("/home/query-getQueries.api", schemaName="core").json["queries"]]

    assert names(script) == ["Containers", "Groups", "Users"]
    assert names(admin_script) == ["APIKeys", "Containers", "Groups", "Users"]


def test_row_id_is_hidden_yet_there_to_delete_by(script):
    body = script.select("core", "UserApiKeys").json
    assert [column["dataIndex"] for column in body["columnModel"] if column["hidden"]] == ["RowId"]
    assert body["rows"][0]["RowId"] == 1


def test_revoked_keys_are_no_rows_and_expired_ones_are(site, script, analyst):
    from keyhouse.keys.models import ApiKey

    issue(site, analyst, description="revoked")
    site.api_keys.revoke(list(ApiKey.objects.filter(description="revoked")), OPERATOR)
    issue(site, analyst, description="expired")
    ApiKey.objects.filter(description="expired").update(expires_at=site.clock() - timedelta(days=1))
    assert [row["Description"] for row in rows(script.select("core", "UserApiKeys"))] == ["", "expired"]


def test_no_answer_has_a_digest_or_a_key_in_it(site, script, admin_script):
    from keyhouse.keys.models import ApiKey

    digests = set(ApiKey.objects.values_list("digest", flat=True))
    answers = [
        admin_script.select("core", query, **{"query.columns": "*,RowId,Crypt,digest", "apiVersion": version}).text
        for query in ("APIKeys", "UserApiKeys", "Users")
        for version in (8.3, 9.1, 17.1)
    ]
    answers.append(admin_script.get("/home/query-getQueryDetails.api", schemaName="core", queryName="APIKeys").text)
    for secret in digests | {script.key, admin_script.key}:
        assert not any(secret in text for text in answers)
    assert not any('"crypt"' in text.lower() or '"digest"' in text.lower() for text in answers)


def test_rows_can_be_filtered_and_sorted_like_any(site, script, analyst):
    for word in ("b", "a"):
        issue(site, analyst, description=word)
    query = {"query.Description~isnonblank": "", "query.Description~neq": "", "query.sort": "Description"}
    found = rows(script.select("core", "UserApiKeys", **query))
    assert [row["Description"] for row in found if row["Description"]] == ["a", "b"]


def test_application_administrator_sees_all_keys_and_project_administrator_does_not(site, front, analyst):
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    client = Client(front)
    sign_in(client, analyst.email)
    query = {"schemaName": "core", "queryName": "APIKeys"}
    site.assignments.assign(Role.PROJECT_ADMINISTRATOR, analyst, analyst.email, folders.find("/home"), OPERATOR)
    assert client.get("/home/query-selectRows.api", **query).status == 404
    site.assignments.assign(Role.APPLICATION_ADMINISTRATOR, analyst, analyst.email, folders.root(), OPERATOR)
    assert client.get("/home/query-selectRows.api", **query).status == 200


def test_keys_stay_listed_when_creation_is_switched_off(site, script):
    set_site(site, allowApiKeys=False)
    assert len(rows(script.select("core", "UserApiKeys"))) == 1
