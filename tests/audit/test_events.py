"""What is recorded: a row for each kind of thing that happens, with who, through what, from where and why."""

from datetime import timedelta

import pytest
from tests.site import OPERATOR, PASSWORD, issue, set_site, sign_in

from keyhouse.core.tokens import TokenKind, mint
from keyhouse.system import entropy, now

WHO = "/login-whoAmI.api"


@pytest.fixture
def rows(site):
    from keyhouse.audit.models import AuditEvent

    return lambda kind: list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))


def test_use_of_a_key_is_recorded_with_key_address_and_agent(site, client, analyst, rows):
    key = issue(site, analyst)
    client.get(WHO, {"apikey": key, "User-Agent": "Rlabkey/3.4"})
    (row,) = rows("key used")
    assert (row.user, row.user_id, row.key_id, row.address) == (analyst.email, analyst.id, key[4:16], "127.0.0.1")
    assert (row.user_agent, row.via, row.outcome) == ("Rlabkey/3.4", "an API key", "ok")


def test_repeated_use_of_one_key_from_one_address_is_folded_for_ten_minutes(site, client, analyst, rows, monkeypatch):
    key = issue(site, analyst)
    start = now()
    for minutes in (0, 1, 9, 11, 12):
        monkeypatch.setattr(site.door, "_clock", lambda moment=start + timedelta(minutes=minutes): moment)
        client.cookies.clear()
        client.get(WHO, {"apikey": key})
    assert len(rows("key used")) == 2
    client.address = "192.0.2.9"
    client.get(WHO, {"apikey": key})
    assert len(rows("key used")) == 3


def test_use_of_a_key_through_its_cookie_is_recorded_too(site, client, analyst, rows, monkeypatch):
    client.get(WHO, {"apikey": issue(site, analyst)})
    later = now() + timedelta(minutes=15)
    monkeypatch.setattr(site.door, "_clock", lambda: later)
    client.get(WHO)
    assert [row.via for row in rows("key used")] == ["an API key", "a session opened with a credential"]


def test_refusals_are_never_folded(site, client, rows):
    text = mint(TokenKind.API_KEY, entropy).text
    for _ in range(5):
        client.get(WHO, {"apikey": text})
    assert [(row.reason, row.outcome, row.key_id) for row in rows("key refused")] == [
        ("key_unknown", "refused", text[4:16])
    ] * 5


def test_issuing_and_revoking_keys_is_recorded_with_owner_and_id(site, analyst, rows):
    from keyhouse.keys.models import ApiKey

    key = issue(site, analyst)
    site.api_keys.revoke(ApiKey.objects.all(), OPERATOR)
    site.api_keys.revoke(ApiKey.objects.all(), OPERATOR)
    for kind in ("key issued", "key revoked"):
        (row,) = rows(kind)
        assert (row.details["keyId"], row.details["subjectId"], row.user) == (
            key[4:16],
            analyst.id,
            "tests (command line)",
        )


def test_sign_in_sign_out_and_failed_sign_in_are_recorded(site, client, analyst, rows):
    sign_in(client, analyst.email)
    client.post("/login-logoutApi.api", json={})
    client.post("/login-loginApi.api", form={"email": analyst.email, "password": "wrong"})
    client.post("/login-loginApi.api", form={"email": "nobody@example.org", "password": "wrong"})
    assert [row.user for row in rows("sign-in")] == [analyst.email]
    assert [row.user_id for row in rows("sign-out")] == [analyst.id]
    failed = [(row.user, row.reason) for row in rows("sign-in failed")]
    assert failed == [(analyst.email, "password_wrong"), ("nobody@example.org", "account_unknown")]


def test_a_changed_setting_is_recorded_with_old_and_new(site, rows):
    set_site(site, apiKeyExpirationSeconds=86_400)
    set_site(site, apiKeyExpirationSeconds=86_400)
    (row,) = rows("setting changed")
    assert row.details == {"setting": "apiKeyExpirationSeconds", "old": -1, "new": 86_400}


def test_the_life_of_a_user_is_recorded(site, analyst, rows):
    site.users.deactivate(analyst, OPERATOR)
    site.users.reactivate(analyst, OPERATOR)
    site.users.set_password(analyst, "another horse battery", OPERATOR)
    site.users.delete(analyst, OPERATOR)
    for kind in ("user added", "user deactivated", "user reactivated", "password changed", "user deleted"):
        (row,) = rows(kind)
        assert "analyst@example.org" in row.comment
        assert PASSWORD not in repr(row.__dict__) and "another horse" not in repr(row.__dict__)


def test_groups_roles_folders_and_sources_are_recorded(site, analyst, rows):
    from keyhouse.authz.folders import root
    from keyhouse.core.permissions import Role

    group = site.groups.add("Lab", OPERATOR)
    site.groups.add_member(group, analyst, OPERATOR)
    site.groups.remove_member(group, analyst, OPERATOR)
    folder = site.folders.add("/Lab", OPERATOR)
    site.folders.set_inheritance(folder, False, OPERATOR)
    site.assignments.assign(Role.READER, group, "Lab", folder, OPERATOR)
    site.assignments.assign(Role.TROUBLESHOOTER, analyst, analyst.email, root(), OPERATOR)
    site.assignments.remove(Role.READER, group, "Lab", folder, OPERATOR)
    site.sources.add("pbc", "sqlite:////tmp/none.db", folder, OPERATOR)
    assert [len(rows(f"{what} changed")) for what in ("group", "role", "folder", "source")] == [3, 3, 2, 1]


def test_password_over_basic_is_recorded_as_a_sign_in(site, client, analyst, rows):
    import base64

    client.get(WHO, {"Authorization": "Basic " + base64.b64encode(f"{analyst.email}:{PASSWORD}".encode()).decode()})
    (row,) = rows("sign-in")
    assert (row.via, row.user) == ("a password", analyst.email)


def test_lacking_a_permission_is_recorded(site, client, analyst, rows):
    client.get("/user-showUsers.view", {"apikey": issue(site, analyst)})
    (row,) = rows("access refused")
    assert (row.user, row.outcome) == (analyst.email, "refused")


def test_moments_are_kept_in_utc_to_the_microsecond(site, analyst, rows):
    issue(site, analyst)
    (row,) = rows("key issued")
    assert row.at.utcoffset() == timedelta(0)
    assert abs(now() - row.at) < timedelta(minutes=1)


def test_a_sealed_source_address_is_not_in_the_log(site, rows):
    from keyhouse.authz.folders import find

    site.sources.add("lab", "postgresql://reader:hunter2@db/lab", find("/home"), OPERATOR)
    assert "hunter2" not in repr([row.__dict__ for row in rows("source changed")])
