"""What a refused request reads: uniform to strangers, exact to the holder of a real secret (keys.md, section 3)."""

import base64
from datetime import timedelta

import pytest
from tests.site import OPERATOR, PASSWORD, Answer, issue, set_site

from keyhouse.core.reasons import PASSWORD_TEXT, PERMISSION_TEXT
from keyhouse.core.tokens import TokenKind, mint
from keyhouse.system import entropy, now

WHO = "/login-whoAmI.api"


def basic(user: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def visible(answer: Answer) -> tuple[int, bytes, list[tuple[str, str]]]:
    return answer.status, answer.body, sorted(answer.headers)


@pytest.fixture
def stranger(client):
    client.keeps_cookies = False
    return client


def expire(when=None) -> None:
    from keyhouse.keys.models import ApiKey

    ApiKey.objects.update(expires_at=when or now() - timedelta(days=1))


def test_unknown_mistyped_and_meaningless_keys_read_alike_in_every_envelope(site, stranger, analyst):
    key = issue(site, analyst)
    unknown = mint(TokenKind.API_KEY, entropy).text
    session_key = mint(TokenKind.SESSION_KEY, entropy).text
    bad = [unknown, session_key, key[:-1] + ("0" if key[-1] != "0" else "1"), key + "x", "hunter2", "0f" * 32, "a|b"]
    answers = set()
    for text in bad:
        for headers in ({"apikey": text}, {"Authorization": f"Bearer {text}"}, basic("apikey", text)):
            status, body, sent = visible(stranger.get(WHO, headers))
            answers.add((status, body, tuple(sent)))
    assert len(answers) == 1
    status, body, _ = answers.pop()
    assert status == 401
    assert body == Answer(401, [], body).body and PERMISSION_TEXT in body.decode() and b"reason" not in body


def test_unknown_account_and_wrong_password_are_byte_equal(site, stranger, analyst):
    wrong = stranger.get(WHO, basic("analyst@example.org", "not the password"))
    unknown = stranger.get(WHO, basic("nobody@example.org", "not the password"))
    empty = stranger.get(WHO, basic("analyst@example.org", ""))
    assert visible(wrong) == visible(unknown) == visible(empty)
    assert wrong.status == 401
    assert wrong.json == {"success": False, "exception": PASSWORD_TEXT}


def test_refusal_is_the_same_on_every_url(site, stranger):
    paths = (
        WHO,
        "/home/project-begin.view",
        "/nothing-here.view",
        "/query-getQuery.api",
        "/",
        "/home/",
        "/no/such/folder",
    )
    answers = {visible(stranger.get(path, {"apikey": "wrong"}))[1] for path in paths}
    assert len(answers) == 1


def test_a_bad_credential_is_refused_and_never_taken_for_a_guest(site, stranger):
    for headers in (
        {"apikey": ""},
        {"apikey": " "},
        {"Authorization": "Basic"},
        {"Authorization": "Basic ###"},
        {"Authorization": "Bearer"},
        {"Authorization": "Negotiate abc"},
        {"Authorization": "nonsense"},
        basic("nocolon", "")["Authorization"] and {"Authorization": "Basic bm9jb2xvbg=="},
        basic("", ""),
        basic("APIKEY", "x"),
    ):
        assert stranger.get(WHO, headers).status == 401, headers


def test_guest_over_basic_is_the_guest(site, stranger):
    assert stranger.get(WHO, basic("guest", "guest")).json["email"] == "guest"


def test_holder_of_an_expired_key_reads_when_it_expired(site, stranger, analyst):
    key = issue(site, analyst)
    expire()
    answer = stranger.get(WHO, {"apikey": key})
    assert (answer.status, answer.json["reason"], answer.json["exception"]) == (401, "key_expired", PERMISSION_TEXT)
    assert answer.json["expiredAt"].startswith(f"{now() - timedelta(days=1):%Y-%m-%dT%H:}")


def test_deactivating_the_owner_refuses_the_key_and_reactivating_lets_it_in(site, stranger, analyst):
    key = issue(site, analyst)
    site.users.deactivate(analyst, OPERATOR)
    answer = stranger.get(WHO, {"apikey": key})
    assert (answer.status, answer.json["reason"]) == (401, "account_deactivated")
    site.users.reactivate(analyst, OPERATOR)
    assert stranger.get(WHO, {"apikey": key}).json["email"] == "analyst@example.org"


def test_reactivating_does_not_revive_keys_revoked_meanwhile(site, stranger, analyst):
    from keyhouse.keys.models import ApiKey

    key = issue(site, analyst)
    site.users.deactivate(analyst, OPERATOR)
    site.api_keys.revoke(ApiKey.objects.all(), OPERATOR)
    site.users.reactivate(analyst, OPERATOR)
    assert stranger.get(WHO, {"apikey": key}).json["reason"] == "key_revoked"


def test_keys_of_a_deleted_user_stay_as_tombstones_that_nothing_revives(site, stranger, analyst):
    from keyhouse.keys.models import ApiKey

    key = issue(site, analyst)
    site.users.delete(analyst, OPERATOR)
    assert stranger.get(WHO, {"apikey": key}).json["reason"] == "key_revoked"
    assert ApiKey.objects.get().owner is None
    site.users.add("analyst@example.org", OPERATOR, PASSWORD)
    assert stranger.get(WHO, {"apikey": key}).status == 401


def test_a_tombstone_answers_with_its_reason_and_not_with_its_owner(site, stranger, analyst):
    from keyhouse.keys.models import ApiKey

    key = issue(site, analyst)
    site.api_keys.revoke(ApiKey.objects.all(), OPERATOR)
    answer = stranger.get(WHO, {"apikey": key})
    assert answer.json == {"success": False, "exception": PERMISSION_TEXT, "reason": "key_revoked"}


def test_all_keys_are_refused_while_the_emergency_switch_is_on(site, stranger, analyst):
    key = issue(site, analyst)
    set_site(site, refuseAllApiKeys=True)
    refused = stranger.get(WHO, {"apikey": key})
    assert visible(refused) == visible(stranger.get(WHO, {"apikey": mint(TokenKind.API_KEY, entropy).text}))
    set_site(site, refuseAllApiKeys=False)
    assert stranger.get(WHO, {"apikey": key}).status == 200


def test_switching_key_creation_off_keeps_existing_keys_working(site, stranger, analyst):
    set_site(site, allowApiKeys=True)
    key = issue(site, analyst)
    set_site(site, allowApiKeys=False)
    assert stranger.get(WHO, {"apikey": key}).status == 200


def test_deactivated_account_with_the_right_password_reads_why(site, stranger, analyst):
    site.users.deactivate(analyst, OPERATOR)
    right = stranger.get(WHO, basic("analyst@example.org", PASSWORD))
    wrong = stranger.get(WHO, basic("analyst@example.org", "not the password"))
    assert (right.status, right.json["reason"], right.json["exception"]) == (401, "account_deactivated", PASSWORD_TEXT)
    assert wrong.json == {"success": False, "exception": PASSWORD_TEXT}


def test_password_over_basic_lets_its_user_in(site, stranger, analyst):
    assert stranger.get(WHO, basic("Analyst@Example.org", PASSWORD)).json["email"] == "analyst@example.org"


def test_no_refusal_is_kept_by_a_cache(site, stranger):
    assert stranger.get(WHO, {"apikey": "x"}).header("Cache-Control") == "no-store"


def test_two_different_principals_conflict_and_the_answer_names_two_sources(site, stranger, analyst, admin):
    headers = {"apikey": issue(site, analyst), "Authorization": f"Bearer {issue(site, admin)}"}
    answer = stranger.get(WHO, headers)
    assert (answer.status, answer.json["reason"]) == (400, "conflicting_credentials")
    assert answer.json["sources"] == ["Authorization: Bearer", "the apikey header"]
    assert not any(secret in answer.text for secret in headers.values())


def test_two_credentials_of_the_same_principal_are_fine(site, stranger, analyst):
    headers = {"apikey": issue(site, analyst), **basic("apikey", issue(site, analyst))}
    assert stranger.get(WHO, headers).json["email"] == "analyst@example.org"


def test_a_good_credential_does_not_cover_a_bad_one(site, stranger, analyst):
    assert stranger.get(WHO, {"apikey": issue(site, analyst), "Authorization": "Bearer wrong"}).status == 401


@pytest.mark.parametrize(
    "path", ["/security-ensureLogin.api", "/query-selectRows.api?schemaName=core&query.queryName=Users"]
)
def test_a_script_without_credentials_gets_two_challenges_basic_first(site, stranger, path):
    answer = stranger.get(path)
    assert answer.status == 401
    assert answer.all("WWW-Authenticate") == ['Basic realm="Keyhouse", charset="UTF-8"', 'Bearer realm="Keyhouse"']


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (X11)"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"X-ONUNAUTHORIZED": "UNAUTHORIZED"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_browser_gets_no_challenge(site, stranger, headers):
    answer = stranger.get("/security-ensureLogin.api", headers)
    assert (answer.status, answer.all("WWW-Authenticate")) == (401, [])


def test_the_realm_is_the_name_of_the_site_without_what_could_end_it(site, stranger):
    set_site(site, siteName='Lab "A" \\ B')
    assert stranger.get("/security-ensureLogin.api").all("WWW-Authenticate")[1] == 'Bearer realm="Lab A  B"'


def test_signed_in_and_lacking_reads_403_without_challenge(site, stranger, analyst):
    site.folders.add("/Secret", OPERATOR)
    answer = stranger.get("/Secret/query-getSchemas.api", {"apikey": issue(site, analyst)})
    assert (answer.status, answer.all("WWW-Authenticate")) == (403, [])


def test_when_the_store_is_down_the_door_stays_shut_and_says_so(site, stranger, monkeypatch):
    from django.db import OperationalError

    from keyhouse.authn import fetch

    def down(*_: object) -> None:
        raise OperationalError("no such host: db.internal")

    monkeypatch.setattr(fetch, "_one", down)
    answer = stranger.get(WHO, {"apikey": mint(TokenKind.API_KEY, entropy).text})
    assert (answer.status, answer.header("Retry-After")) == (503, "60")
    assert "db.internal" not in answer.text
