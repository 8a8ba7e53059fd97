"""The wire of a device login, as RFC 8628 says, and the rules that the key obeys."""

from datetime import timedelta

import pytest
from tests.devices import PAGE, answer, program, turn_back, who
from tests.site import Client, set_site, sign_in

ANALYST = "analyst@example.org"
WEEK = 604_800


@pytest.fixture
def device(front, keys_on):
    return program(front)


@pytest.fixture
def browser(client, analyst):
    sign_in(client, ANALYST)
    return client


def test_start_answers_what_section_3_2_asks_for(device):
    codes = device.start()
    assert set(codes) == {
        *("device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval")
    }
    assert (codes["expires_in"], codes["interval"]) == (600, 5)
    assert codes["verification_uri"] == "http://127.0.0.1:8080/labkey" + PAGE
    assert codes["verification_uri_complete"] == f"{codes['verification_uri']}?user_code={codes['user_code']}"


def test_start_in_json_will_do_as_well(device):
    started = device.client.post("/device-authorize.api", json={"client_id": "R", "expirationSeconds": 3600})
    assert (started.status, started.header("Cache-Control")) == (200, "no-store")


def test_approved_login_is_collected_once_as_a_key_of_who_approved(front, device, browser):
    code = device.start()["user_code"]
    assert device.error() == "authorization_pending"
    assert answer(browser, code, description="for R", expirationSeconds=str(WEEK)).status == 303
    collected = device.ask()
    assert collected.status == 200
    assert (collected.header("Cache-Control"), collected.json["token_type"]) == ("no-store", "Bearer")
    assert (collected.json["expires_in"], collected.json["email"]) == (WEEK, ANALYST)
    key = collected.json["access_token"]
    assert key.split("_")[1] == collected.json["keyId"]
    assert who(front, key).json["email"] == ANALYST


def test_key_does_not_exist_before_it_is_collected(device, browser):
    from keyhouse.keys.models import ApiKey

    answer(browser, device.start()["user_code"], description="mine")
    assert ApiKey.objects.count() == 0
    device.ask()
    assert ApiKey.objects.get().description == "mine"


def test_errors_are_those_of_the_client_api_as_well(device):
    device.start()
    refused = device.ask()
    assert refused.json["success"] is False
    assert refused.json["exception"] == refused.json["error_description"]


def test_pending_login_is_told_to_slow_down_and_the_interval_stays_longer(device):
    device.start()
    assert [device.error() for _ in range(2)] == ["authorization_pending", "slow_down"]
    turn_back(seconds=6)
    assert device.error() == "slow_down"
    turn_back(seconds=15)
    assert device.error() == "authorization_pending"


def test_program_that_waits_as_told_is_not_too_fast_by_a_little_jitter(device):
    device.start()
    device.ask()
    turn_back(seconds=4.2)
    assert device.error() == "authorization_pending"


def test_denied_login_ends(device, browser):
    answer(browser, device.start()["user_code"], "deny")
    assert [device.error(), device.error()] == ["access_denied", "access_denied"]


def test_login_runs_out_after_ten_minutes_approved_or_not(device, browser):
    device.start()
    turn_back(seconds=601)
    assert device.error() == "expired_token"
    answer(browser, device.start()["user_code"])
    turn_back(seconds=601)
    assert device.error() == "expired_token"


def test_given_up_login_cannot_be_approved(device, browser):
    codes = device.start()
    given_up = device.client.post("/device-cancel.api", form={"device_code": codes["device_code"]})
    assert given_up.json == {"success": True, "cancelled": True}
    assert answer(browser, codes["user_code"]).status == 400
    assert device.error() == "access_denied"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"device_code": ""}, "invalid_request"),
        ({"device_code": "x" * 201}, "invalid_request"),
        ({"device_code": "made-up"}, "invalid_grant"),
        ({"device_code": "ÿ\u202e"}, "invalid_grant"),
    ],
)
def test_wrong_questions_get_the_errors_of_oauth(device, form, error):
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"} if "device_code" in form else {}
    refused = device.client.post("/device-token.api", json={**grant, **form})
    assert (refused.status, refused.json["error"]) == (400, error)


@pytest.mark.parametrize("action", ["device-authorize", "device-token", "device-cancel"])
def test_get_is_refused(device, action):
    assert device.client.get(f"/{action}.api").status == 405


@pytest.mark.parametrize("seconds", ["0", "-2", "soon", "1e99"])
def test_life_that_is_none_is_refused_at_the_start(device, seconds):
    assert device.client.post("/device-authorize.api", form={"expirationSeconds": seconds}).status == 400


def test_nothing_starts_where_keys_are_switched_off(site, front):
    refused = program(front).client.post("/device-authorize.api", form={"client_id": "x"})
    assert (refused.status, refused.json["exception"]) == (404, "Creation of API keys is disabled")


def test_nothing_is_collected_after_keys_were_switched_off(site, device, browser):
    answer(browser, device.start()["user_code"])
    set_site(site, allowApiKeys=False)
    assert device.error() == "access_denied"


def test_maximum_of_the_moment_of_collection_holds(site, device, browser):
    answer(browser, device.start()["user_code"], expirationSeconds="-1")
    set_site(site, apiKeyExpirationSeconds=WEEK)
    assert device.ask().json["expires_in"] == WEEK


@pytest.mark.parametrize("ends", ["deactivate", "set_password", "delete"])
def test_nothing_is_collected_after_the_account_has_changed(site, device, browser, analyst, ends):
    from tests.site import OPERATOR

    answer(browser, device.start()["user_code"])
    more = ["another horse battery"] if ends == "set_password" else []
    getattr(site.users, ends)(analyst, *more, OPERATOR)
    assert device.error() in {"access_denied", "invalid_grant"}


def test_every_step_is_in_the_audit_log_without_any_code(front, device, browser, events):
    codes = device.start(hostName="node17")
    answer(browser, codes["user_code"])
    key = device.ask().json["access_token"]
    refused = device.start()
    answer(browser, refused["user_code"], "deny")
    [started, _], [approved], [denied] = (events(f"device login {step}") for step in ("started", "approved", "denied"))
    [issued] = events("key issued")
    assert (started.user, approved.user, denied.user, issued.user) == ("guest", ANALYST, ANALYST, ANALYST)
    assert issued.via == "a device login"
    assert approved.details["hostName"] == "node17"
    assert started.details["deviceLogin"] == approved.details["deviceLogin"] != denied.details["deviceLogin"]
    told = "".join(f"{event.comment}{event.details}" for event in (started, approved, denied, issued))
    for secret in (key, codes["device_code"], codes["user_code"], codes["user_code"].replace("-", "")):
        assert secret not in told


def test_neither_code_nor_key_is_in_the_database(site, device, browser):
    codes = device.start()
    answer(browser, codes["user_code"])
    key = device.ask().json["access_token"]
    stored = b"".join(file.read_bytes() for file in site.boot.data.glob("keyhouse.sqlite3*"))
    for secret in (key, codes["device_code"], codes["user_code"], codes["user_code"].replace("-", "")):
        assert secret.encode() not in stored


def test_logins_are_forgotten_an_hour_after_they_ran_out(site, device):
    from keyhouse.keys.upkeep import Upkeep

    device.start()
    later = site.clock() + timedelta(minutes=69)
    assert Upkeep(site.recorder, lambda: later, site.sessions).forget_device_logins() == 0
    assert Upkeep(site.recorder, lambda: later + timedelta(minutes=2), site.sessions).forget_device_logins() == 1
    assert device.error() == "invalid_grant"


def test_names_that_a_program_gives_itself_are_cut_to_one_plain_line(device, events):
    key = f"khk_{'A' * 12}_{'B' * 38}"
    device.start(client_id="x\u202egnp.exe\n\x1b[31m" + "a" * 500, hostName=key)
    details = events("device login started")[0].details
    assert len(details["program"]) <= 60
    assert details["program"].isprintable()
    assert details["hostName"] == "[key]"


def test_too_many_starts_from_one_address_wait_and_others_do_not(front, device, events):
    answers = [device.client.post("/device-authorize.api", form={"client_id": "x"}) for _ in range(25)]
    refused = answers[-1]
    assert {each.status for each in answers[:20]} == {200}
    assert (refused.status, refused.json["error"]) == (429, "slow_down")
    assert int(refused.header("Retry-After")) > 0
    assert len(events("throttled")) == 1
    assert program(front, "192.0.2.7").start()


def test_start_can_be_sent_by_anybody_but_a_foreign_page(front, keys_on):
    client = Client(front, keeps_cookies=False)
    assert client.post("/device-authorize.api", form={"client_id": "curl"}).status == 200
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/device-authorize.api", foreign, form={"client_id": "x"}).status == 401
