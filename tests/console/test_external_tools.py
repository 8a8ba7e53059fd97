"""External Tool Access: a key is generated, shown once, listed and deleted, by plain forms."""

import re
from datetime import timedelta

import pytest

from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.site import Client, issue, set_site

PAGE = "/security-externalToolsView.view"
WEEK, QUARTER = 604_800, 7_776_000


def generate(client, **fields):
    return submit(client, PAGE, type="apikey", **fields)


def key_in(answer):
    found = re.search(r'name="(?:apikey|session)_token" value="([^"]+)"', answer.text)
    return found and found.group(1)


def choices(answer):
    page = Controls(answer.text)
    return [attrs["value"] for attrs in page.all("option")]


@pytest.fixture
def signed_in(client, site, analyst):
    set_site(site, allowApiKeys=True)
    sign_in(client, ANALYST)
    return client


def test_a_generated_key_opens_the_door_and_is_shown_once(signed_in, front):
    answer = generate(signed_in, description="R notebook")
    key = key_in(answer)
    assert answer.header("Cache-Control") == "no-store"
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).json["email"] == ANALYST
    again = signed_in.get(PAGE)
    assert key not in again.text
    assert "R notebook" in words(again)


def test_only_the_field_and_the_netrc_lines_hold_the_key(signed_in):
    answer = generate(signed_in)
    assert answer.text.count(key_in(answer)) == 2
    assert f"machine 127.0.0.1\nlogin apikey\npassword {key_in(answer)}" in answer.text


def test_its_owner_may_choose_a_shorter_life(signed_in, site):
    from keyhouse.keys.models import ApiKey

    set_site(site, apiKeyExpirationSeconds=QUARTER)
    generate(signed_in, expirationSeconds=WEEK)
    key = ApiKey.objects.get()
    assert key.expires_at - key.created_at == timedelta(days=7)


@pytest.mark.parametrize("asked", ["-1", "31536000"])
def test_nobody_gets_a_longer_life_than_the_site_allows(signed_in, site, asked):
    from keyhouse.keys.models import ApiKey

    set_site(site, apiKeyExpirationSeconds=WEEK)
    generate(signed_in, expirationSeconds=asked)
    key = ApiKey.objects.get()
    assert key.expires_at - key.created_at == timedelta(days=7)


def test_the_page_offers_no_life_above_the_maximum(signed_in, site):
    set_site(site, apiKeyExpirationSeconds=QUARTER)
    page = signed_in.get(PAGE)
    assert choices(page) == [str(WEEK), "2592000", str(QUARTER)]
    assert "expire after 90 days (3 months)" in words(page)


def test_the_page_says_when_keys_never_expire(signed_in):
    assert "API keys are currently configured to never expire" in words(signed_in.get(PAGE))


def test_a_number_that_is_none_is_answered_on_the_page(signed_in):
    answer = generate(signed_in, expirationSeconds="soon", description="kept")
    assert answer.status == 400
    assert 'value="kept"' in answer.text
    assert key_in(answer) is None


def test_without_permission_to_generate_the_page_says_so_and_lists_keys(client, site, analyst):
    issue(site, analyst, description="older key")
    sign_in(client, ANALYST)
    page = client.get(PAGE)
    assert "API key generation is currently not enabled on this server." in words(page)
    assert "Generate API Key" not in words(page)
    assert "older key" in words(page)


def test_a_form_sent_while_generation_is_off_makes_no_key(client, site, analyst):
    from keyhouse.keys.models import ApiKey

    sign_in(client, ANALYST)
    answer = generate(client)
    assert "Creation of API keys is disabled" in words(answer)
    assert not ApiKey.objects.exists()


def test_an_api_key_cannot_generate_keys_on_the_page(front, site, analyst):
    from keyhouse.keys.models import ApiKey

    set_site(site, allowApiKeys=True)
    key = issue(site, analyst)
    answer = Client(front).post(PAGE, {"apikey": key}, form={"type": "apikey"})
    assert "An API key cannot be used to create keys" in words(answer)
    assert ApiKey.objects.count() == 1


def test_a_session_key_is_generated_where_allowed_and_ends_with_the_session(signed_in, front, site):
    set_site(site, allowSessionKeys=True)
    key = key_in(submit(signed_in, PAGE, type="session"))
    assert key.startswith("khs_")
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).json["email"] == ANALYST
    submit(signed_in, "/login-logout.view")
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 401


def test_session_keys_are_not_mentioned_where_not_allowed(signed_in):
    assert "Session Keys" not in words(signed_in.get(PAGE))


def delete(client, *ids, **more):
    return submit(client, PAGE, do="delete", key=list(ids), **more)


def test_deleting_asks_first_and_then_refuses_the_key(signed_in, front, site, analyst):
    from keyhouse.keys.models import ApiKey

    key = issue(site, analyst, description="to go")
    row = ApiKey.objects.get()
    asked = delete(signed_in, row.pk)
    assert "Deletion cannot be undone. Do you want to proceed?" in words(asked)
    assert f"{row.key_id} to go" in words(asked)
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 200
    assert delete(signed_in, row.pk, confirmed="1").status == 303
    assert Client(front).get("/login-whoAmI.api", {"apikey": key}).status == 401
    assert "You currently do not have any API keys." in words(signed_in.get(PAGE))


def test_nobody_deletes_the_key_of_somebody_else(signed_in, site, admin):
    from keyhouse.keys.models import ApiKey

    issue(site, admin)
    delete(signed_in, ApiKey.objects.get().pk, confirmed="1")
    assert ApiKey.objects.get().revoked_at is None


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["99999999999999999999"]])
def test_deleting_nothing_says_to_select_keys(signed_in, ids):
    answer = delete(signed_in, *ids, confirmed="1")
    assert answer.header("Location").endswith("said=none-selected")


def test_an_administrator_is_led_to_the_settings_and_all_keys(client, site, admin):
    sign_in(client, ADMIN)
    targets = {attrs.get("href") for attrs in Controls(client.get(PAGE).text).all("a")}
    assert "/labkey/admin-customizeSite.view" in targets
    assert "/labkey/query-executeQuery.view?schemaName=core&query.queryName=APIKeys" in targets


def test_a_description_cannot_put_markup_on_the_page(signed_in):
    answer = generate(signed_in, description='"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_while_impersonating_the_page_says_what_is_not_available(signed_in, site, monkeypatch):
    set_site(site, allowSessionKeys=True)
    monkeypatch.setattr("keyhouse.console.external_tools._is_impersonating", lambda call: True)
    page = words(signed_in.get(PAGE))
    assert "API key generation is not available while impersonating." in page
    assert "Session key generation is not available while impersonating." in page
    assert "Current API Keys" not in page
    assert "Keys cannot be deleted while impersonating." in words(submit(signed_in, PAGE, do="delete", key=[1]))
