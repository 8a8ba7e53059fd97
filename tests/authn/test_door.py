"""The door, from headers to principal."""

from tests.site import OPERATOR, issue


def test_key_lets_its_owner_in_through_every_envelope(site, client, analyst):
    import base64

    key = issue(site, analyst)
    basic = base64.b64encode(f"apikey:{key}".encode()).decode()
    for header in ({"Authorization": f"Basic {basic}"}, {"apikey": key}, {"Authorization": f"bearer {key}"}):
        client.cookies.clear()
        assert client.get("/login-whoAmI.api", header).json["email"] == "analyst@example.org"


def test_revoked_key_fails_on_the_very_next_request(site, client, analyst):
    from keyhouse.keys.models import ApiKey

    client.keeps_cookies = False
    key = issue(site, analyst)
    assert client.get("/login-whoAmI.api", {"apikey": key}).status == 200
    site.api_keys.revoke(ApiKey.objects.all(), OPERATOR)
    answer = client.get("/login-whoAmI.api", {"apikey": key})
    assert (answer.status, answer.json["reason"]) == (401, "key_revoked")
