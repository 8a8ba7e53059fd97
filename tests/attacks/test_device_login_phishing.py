"""Attack: get somebody to let a stranger's program in, without their knowing or against their better judgement."""

import pytest

from tests.devices import PAGE, answer, program
from tests.site import Client, set_site, sign_in

EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Referer": "https://evil.example/"}


@pytest.fixture
def device(site, front, analyst):
    set_site(site, allowApiKeys=True)
    return program(front, "203.0.113.9")


@pytest.fixture
def victim(client, device):
    sign_in(client, "analyst@example.org")
    return client


def test_foreign_page_cannot_send_the_form(device, victim):
    code = device.start()["user_code"]
    form = {"user_code": code, "do": "approve", "expirationSeconds": "-1"}
    token = victim.cookies["X-LABKEY-CSRF"]
    assert victim.post(PAGE, EVIL, form=form, csrf=False).status == 401
    assert victim.post(PAGE, form=form, csrf=False).status == 401
    assert victim.post(PAGE, form={**form, "X-LABKEY-CSRF": "0" * 64}, csrf=False).status == 401
    assert victim.post(PAGE, EVIL, form={**form, "X-LABKEY-CSRF": token}, csrf=False).status == 401
    assert device.error() == "authorization_pending"


def test_address_alone_lets_nobody_in(device, victim):
    code = device.start()["user_code"]
    for do in ("approve", "deny"):
        assert victim.get(PAGE, user_code=code, do=do, expirationSeconds="-1").status == 200
    assert device.error() == "authorization_pending"


def test_page_cannot_be_framed(device, victim):
    page = victim.get(PAGE, user_code=device.start()["user_code"])
    assert "frame-ancestors 'none'" in page.header("Content-Security-Policy")
    assert page.header("X-Frame-Options") == "DENY"


def test_page_names_the_foreign_address_whatever_the_program_calls_itself(device, victim):
    device.start(client_id="IT support", hostName="your own computer (127.0.0.1)")
    page = victim.get(PAGE, user_code=device.codes["user_code"])
    assert "The request comes from 203.0.113.9; you are at 127.0.0.1." in page.text
    assert "(your address)" not in page.text


def test_address_of_the_page_is_never_the_host_that_a_request_names(device):
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "127.0.0.1"}
    started = device.client.post("/device-authorize.api", forged, form={"client_id": "x"})
    assert started.json["verification_uri"].startswith("http://127.0.0.1:8080/labkey/")
    assert "evil" not in started.text


def test_key_stands_for_who_approved_and_for_nobody_else(front, site, device, victim):
    from tests.devices import who
    from tests.site import OPERATOR, PASSWORD

    site.users.add("eve@example.org", OPERATOR, PASSWORD)
    eve = Client(front)
    sign_in(eve, "eve@example.org")
    assert answer(eve, device.start()["user_code"]).status == 303
    assert answer(victim, device.codes["user_code"]).status == 400
    assert who(front, device.ask().json["access_token"]).json["email"] == "eve@example.org"
