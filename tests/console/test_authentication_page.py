"""Authentication: the ways to sign in as administrators see, change, test and try them."""

import json

import pytest

from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words
from tests.providers.made_up import configured, stand_in
from tests.providers.made_up_method import ADDRESS, add, made_up  # noqa: F401
from tests.site import Client

LIST, FORM, TRY = "/login-configure.view", "/login-configuration.view", "/login-trySignIn.view"
SECRET = "hunter2-hunter2"
FIELDS = {
    "description": "Our Institute",
    "field.address": ADDRESS,
    "field.attributes": "mail\r\nuid",
    "field.is_strict": "true",
    "field.seconds": "60",
    "field.form": "one",
    "field.password": SECRET,
    "field.certificate": "",
    "domains": "Example.org, lab.example.org",
    "createsAccounts": "yes",
    "linksAccounts": "true",
    "enabled": "true",
}


@pytest.fixture
def signed_in(client, admin, made_up):  # noqa: F811
    sign_in(client, ADMIN)
    return client


def rows():
    from keyhouse.signin.models import Configuration

    return list(Configuration.objects.order_by("position"))


def multipart(client, fields, **files):
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    body = encode_multipart(BOUNDARY, {**fields, "X-LABKEY-CSRF": client.cookies["X-LABKEY-CSRF"], **files})
    return client.post(FORM, {"Accept": "text/html", "Content-Type": MULTIPART_CONTENT}, body=body, csrf=False)


def test_only_site_administrators_see_the_pages(client, site, analyst, made_up):  # noqa: F811
    row = add(site)
    sign_in(client, ANALYST)
    for path in (LIST, f"{FORM}?configuration={row.id}", f"{FORM}?kind=cas", f"{TRY}?configuration={row.id}"):
        assert client.get(path).status == 403
    assert submit(client, LIST, do="remove", configuration=row.id, confirmed="1").status == 403
    assert client.get("/login-initialMount.api").status == 403


def test_an_empty_list_has_the_passwords_and_every_kind(signed_in):
    said = words(signed_in.get(LIST))
    for expected in ("Standard database authentication", "SAML", "OpenID Connect", "CAS", "LDAP", "Duo"):
        assert expected in said
    assert "Authentication" in words(signed_in.get("/admin-showAdmin.view"))


def test_a_kind_that_is_not_installed_is_shown_with_its_command(signed_in, monkeypatch):
    from keyhouse.console import authentication
    from keyhouse.signin.methods import NotInstalled

    def missing(kind):
        raise NotInstalled(f"Install it with: pip install 'keyhouse[{kind}]'")

    monkeypatch.setattr(authentication, "method_of", missing)
    assert "pip install 'keyhouse[saml]'" in words(signed_in.get(LIST))


def test_the_form_of_a_kind_that_is_not_installed_says_what_to_install(signed_in, monkeypatch):
    from keyhouse.console import authentication_form
    from keyhouse.signin.methods import NotInstalled

    def missing(kind):
        raise NotInstalled(f"Install it with: pip install 'keyhouse[{kind}]'")

    monkeypatch.setattr(authentication_form, "method_of", missing)
    page = signed_in.get("/login-configuration.view", kind="saml")
    assert (page.status, "pip install 'keyhouse[saml]'" in words(page)) == (503, True)
    assert "typing error" not in words(page)


def test_a_way_is_added_with_its_form_and_its_secret_is_shown_nowhere(signed_in, site):
    assert 'name="field.address"' in signed_in.get(FORM, kind="cas").text
    added = submit(signed_in, FORM, kind="cas", **FIELDS)
    assert added.status == 303, words(added)
    (row,) = rows()
    assert (row.domains, row.creates_accounts, row.links_accounts) == (["example.org", "lab.example.org"], True, True)
    assert row.settings["attributes"] == "mail\nuid"
    assert site.providers.find(row.id).secrets == {"password": SECRET}
    page = signed_in.get(FORM, configuration=row.id)
    assert SECRET not in page.text
    assert "It is set. Leave this empty to keep it." in page.text
    assert f"/cas-validate.view?configuration={row.id}" in page.text
    assert "Our Institute" in words(signed_in.get(LIST))


def test_what_is_wrong_is_named_at_its_field_and_what_was_typed_stays_but_for_secrets(signed_in):
    wrong = submit(
        signed_in, FORM, kind="cas", **{**FIELDS, "field.address": "http://idp.example.org", "description": "Mine"}
    )
    assert wrong.status == 400
    assert 'href="#field.address"' in wrong.text
    assert "not encrypted" in words(wrong)
    assert 'value="Mine"' in wrong.text
    assert SECRET not in wrong.text
    assert rows() == []


def test_a_change_keeps_a_secret_that_is_left_empty_and_forgets_one_that_is_ticked(signed_in, site):
    row = add(site, secrets={"password": SECRET})
    fields = {**FIELDS, "field.password": "", "configuration": row.id, "domains": ""}
    assert "way-saved" in submit(signed_in, FORM, **fields).header("Location")
    assert site.providers.find(row.id).secrets == {"password": SECRET}
    assert "way-same" in submit(signed_in, FORM, **fields).header("Location")
    submit(signed_in, FORM, **fields, **{"forget.password": "true"})
    assert site.providers.find(row.id).secrets == {}


def test_a_certificate_is_uploaded_and_what_is_no_text_is_refused(signed_in):
    from django.core.files.uploadedfile import SimpleUploadedFile

    signed_in.get(LIST)
    pem = b"-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n"
    fields = {**FIELDS, "kind": "cas"}
    upload = {"upload.certificate": SimpleUploadedFile("idp.pem", pem)}
    assert multipart(signed_in, fields, **upload).status == 303
    assert rows()[0].settings["certificate"] == pem.decode().replace("\r\n", "\n").strip()
    for name, content in (("idp.der", b"\x30\x82\xff\xfe"), ("large.pem", b"x" * 1_048_577)):
        upload = {"upload.certificate": SimpleUploadedFile(name, content)}
        refused = multipart(signed_in, {**fields, "description": name}, **upload)
        assert refused.status == 400
        assert 'href="#field.certificate"' in refused.text


def test_the_order_is_changed_and_a_way_switched_off_and_removed_after_a_question(signed_in, site):
    first, second = add(site, "First"), add(site, "Second")
    submit(signed_in, LIST, do="up", configuration=second.id)
    assert [row.description for row in rows()] == ["Second", "First"]
    submit(signed_in, LIST, do="down", configuration=second.id)
    question = submit(signed_in, LIST, do="disable", configuration=first.id)
    assert "No browser session came by it" in words(question)
    assert rows()[0].is_enabled
    submit(signed_in, LIST, do="disable", configuration=first.id, confirmed="1")
    assert not rows()[0].is_enabled
    submit(signed_in, LIST, do="enable", configuration=first.id)
    assert rows()[0].is_enabled
    assert "for good?" in words(submit(signed_in, LIST, do="remove", configuration=first.id))
    submit(signed_in, LIST, do="remove", configuration=first.id, confirmed="1")
    assert [row.description for row in rows()] == ["Second"]
    assert submit(signed_in, LIST, do="remove", configuration=first.id).status == 404
    assert submit(signed_in, LIST, do="explode", configuration=second.id).status == 400


def test_a_test_shows_every_finding_and_what_to_do(signed_in, site):
    row = add(site)
    said = words(submit(signed_in, FORM, do="test", configuration=row.id))
    assert "Well: It is there." in said
    assert "Failed: The clock is late. Set the clock." in said


def test_trying_leads_to_the_provider_and_shows_what_came_and_signs_nobody_in(monkeypatch, client, site, admin):
    from keyhouse.accounts.models import User
    from keyhouse.signin.models import ExternalIdentity
    from tests.providers.made_up import come_back

    made = stand_in(monkeypatch, site)
    made.says(email="new@example.org", groups=frozenset({"lab", "<b>"}), display_name="New Person")
    row = configured(is_enabled=False, creates_accounts=True)
    sign_in(client, ADMIN)
    page = come_back(client, row, client.get(TRY, configuration=row.id))
    said = words(page)
    for expected in ("subject-1", "new@example.org (vouched for)", "New Person", "one factor", "<b>, lab"):
        assert expected in said
    assert "<b>, lab" not in page.text
    assert client.get("/login-whoAmI.api").json["email"] == ADMIN
    assert not ExternalIdentity.objects.exists()
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_way_that_is_switched_off_lets_nobody_in(monkeypatch, client, site, analyst):
    from keyhouse.signin.models import Configuration
    from tests.providers.made_up import come_back

    stand_in(monkeypatch, site)
    row = configured()
    led = client.get("/login-ssoRedirect.view", configuration=row.id)
    Configuration.objects.update(is_enabled=False)
    assert client.get("/login-ssoRedirect.view", configuration=row.id).status == 404
    answer = come_back(client, row, led)
    assert answer.status == 403
    assert "switched off" in words(answer)
    assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_an_administrator_who_tries_is_told_what_else_only_the_log_has(monkeypatch, client, site, admin):
    made = stand_in(monkeypatch, site)
    monkeypatch.setattr(type(made), "begin", _down)
    row = configured()
    guest = Client(client.front).get("/login-ssoRedirect.view", configuration=row.id)
    assert guest.status == 503
    assert "idp.example.org refused" not in guest.text
    sign_in(client, ADMIN)
    told = client.get(TRY, configuration=row.id)
    assert told.status == 503
    assert "idp.example.org refused" in told.text


def _down(self, provider, flow):
    from keyhouse.signin.method import ProviderDown

    raise ProviderDown(provider.description, "idp.example.org refused the connection")


def test_the_settings_for_all_ways_are_saved_here(signed_in):
    from keyhouse.siteconfig import store

    answer = submit(signed_in, LIST, do="settings", autoCreateAccounts="true", defaultDomain="example.org")
    assert answer.status == 303
    assert (store.read().auto_create_accounts, store.read().default_domain) == (True, "example.org")
    assert submit(signed_in, LIST, do="settings", trustedBrowserDays="many").status == 400


def test_programs_read_the_list_as_the_page_has_it_without_secrets(signed_in, site):
    add(site, "Our Institute", domains=["example.org"], secrets={"password": SECRET})
    answer = signed_in.get("/login-initialMount.api")
    told = answer.json
    assert told["globalSettings"]["SelfRegistration"] is False
    assert told["ssoConfigurations"][0]["description"] == "Our Institute"
    assert told["formConfigurations"][-1]["description"] == "Standard database authentication"
    assert told["primaryProviders"]["CAS"]["sso"] is True
    assert SECRET not in json.dumps(told)


def test_every_control_of_the_forms_has_a_label(signed_in, site):
    row = add(site)
    for path in (LIST, f"{FORM}?kind=cas", f"{FORM}?configuration={row.id}"):
        page = Controls(signed_in.get(path).text)
        labelled = {attrs.get("for") for attrs in page.all("label")}
        controls = [*page.all("input"), *page.all("select"), *page.all("textarea")]
        for attrs in controls:
            assert attrs.get("type") == "hidden" or attrs.get("id") in labelled, attrs
        ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
        assert len(ids) == len(set(ids))


def test_only_what_is_registered_at_a_provider_is_said_to_be(signed_in):
    assert "addresses to register" in words(signed_in.get("/login-configuration.view", kind="cas"))
    assert "addresses to register" not in words(signed_in.get("/login-configuration.view", kind="ldap"))
    assert "addresses to register" not in words(signed_in.get("/login-configuration.view", kind="duo"))
