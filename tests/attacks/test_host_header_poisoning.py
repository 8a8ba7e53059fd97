"""Attack: a Host header of the attacker's, in the hope that links, cookies or redirects are made from it."""

import pytest

from tests.site import Client

HOSTS = [
    "evil.example",
    "127.0.0.1:8080@evil.example",
    "evil.example:80/x",
    "",
    "a" * 3000,
    "evil.example\\x",
    "<script>",
]


@pytest.mark.parametrize("host", HOSTS)
def test_no_answer_bears_the_host_of_the_request(site, client, analyst, host):
    headers = {"Host": host, "X-Forwarded-Host": host, "X-Host": host, "Forwarded": f"host={host}"}
    for path in ("/", "/home/", "/login-login.view", "/user-showUsers.view", "/login-whoAmI.api", "/nothing-here.view"):
        answer = client.get(path, headers)
        assert answer.status < 500
        shown = answer.text + repr(answer.headers)
        assert not host or host not in shown.replace(path, "")


@pytest.mark.parametrize("host", HOSTS)
def test_reset_mail_bears_the_address_of_the_site_alone(site, front, analyst, host):
    client = Client(front)
    client.get("/login-resetPassword.view")
    client.post("/login-resetPassword.view", {"Host": host, "X-Forwarded-Host": host}, form={"email": analyst.email})
    (mail,) = (site.boot.data / "mail").iterdir()
    assert f"{site.boot.url}/login-setPassword.view?uid=" in mail.read_text()
    assert not host or host not in mail.read_text()


def test_scheme_and_host_of_a_stranger_do_not_change_cookies(site, client):
    answer = client.get("/login-whoAmI.api", {"Host": "evil.example", "X-Forwarded-Proto": "https"})
    (line,) = answer.all("Set-Cookie")
    assert "Domain" not in line and "Secure" not in line
