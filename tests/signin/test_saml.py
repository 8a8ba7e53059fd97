"""SAML, against a real identity provider (pysaml2 and xmlsec1)."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree
from saml2 import saml
from tests.providers.saml_idp import MFA
from tests.providers.saml_visits import (
    ANALYST,
    asked,
    begin,
    configured,
    expect_refused,
    follow,
    post,
    refusals,
    sign_in,
    who,
)
from tests.site import Client


@pytest.fixture
def campus_row(site, campus, ana):
    return configured(site, campus)


def session():
    from keyhouse.sessions.models import BrowserSession

    return BrowserSession.objects.get(user__email=ANALYST)


def identity():
    from keyhouse.signin.models import ExternalIdentity

    return ExternalIdentity.objects.get()


def request_in(url):
    query = parse_qs(urlsplit(url).query)
    return etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15)), query


def test_person_of_the_provider_is_signed_in_and_goes_where_they_were_going(client, campus, campus_row):
    answer = sign_in(client, campus, campus_row, query={"returnUrl": "/labkey/home/project-begin.view"})
    assert (answer.status, answer.header("Location")) == (303, "/labkey/home/project-begin.view")
    assert who(client) == ANALYST


def test_answer_that_is_posted_signs_nobody_in_before_the_browser_is_back_with_its_cookie(client, campus, campus_row):
    request = asked(client, campus, campus_row)
    posted = post(client, campus_row, campus.answer(request), request.relay_state)
    assert posted.status == 303
    assert "/saml-finish.view?" in posted.header("Location")
    assert who(client) == "guest"
    follow(client, posted)
    assert who(client) == ANALYST


def test_session_records_the_provider_and_how_the_person_signed_in_there(client, campus, campus_row):
    sign_in(client, campus, campus_row)
    row = session()
    assert (row.provider, row.configuration_id, row.methods, row.assurance) == ("Campus", campus_row.id, "pwd", 1)


@pytest.mark.parametrize(
    ("context", "methods", "level"),
    [(MFA, "mfa", 2), ("urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI", "sc mfa", 3)],
)
def test_context_that_means_two_factors_raises_the_level(client, campus, campus_row, context, methods, level):
    sign_in(client, campus, campus_row, context=context)
    assert (session().methods, session().assurance) == (methods, level)


def test_claim_in_which_microsoft_names_the_methods_raises_the_level(client, site, campus, ana):
    from tests.providers.saml_surgery import add_attribute, signed_anew

    from keyhouse.signin.saml.fields import METHODS_CLAIM

    row = configured(site, campus)
    request = asked(client, campus, row)
    xml = campus.answer(request, sign_response=False, sign_assertion=False)
    xml = signed_anew(campus, add_attribute(xml, METHODS_CLAIM, "http://schemas.microsoft.com/claims/multipleauthn"))
    follow(client, post(client, row, xml, request.relay_state))
    assert session().assurance == 2


@pytest.mark.parametrize(
    "how",
    [
        {"sign_response": True, "sign_assertion": False},
        {"sign_response": False, "sign_assertion": True},
        {"sign_response": True, "sign_assertion": True},
        {"sign_response": True, "sign_assertion": False, "encrypt_assertion": True},
        {"sign_response": False, "sign_assertion": True, "encrypt_assertion": True},
    ],
)
def test_either_signature_is_enough_and_encrypted_assertions_are_read(client, site, campus, ana, how):
    row = configured(site, campus, wants_encryption=how.get("encrypt_assertion", False))
    assert sign_in(client, campus, row, **how).status == 303
    assert who(client) == ANALYST


def test_block_ciphers_are_read_only_in_a_response_that_is_signed_as_a_whole(client, site, campus, ana):
    row = configured(site, campus, wants_encryption=True)
    campus.server.encrypts_with = ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "aes-256")
    request = asked(client, campus, row)
    alone = campus.answer(request, sign_response=False, encrypt_assertion=True)
    expect_refused(client, post(client, row, alone, request.relay_state), "signed as a whole")
    assert sign_in(client, campus, row, sign_assertion=False, encrypt_assertion=True).status == 303


def test_triple_des_and_unencrypted_assertions_are_refused_where_encryption_is_wanted(client, site, campus, ana):
    row = configured(site, campus, wants_encryption=True)
    request = asked(client, campus, row)
    expect_refused(client, post(client, row, campus.answer(request)), "not encrypted")
    campus.server.encrypts_with = ("http://www.w3.org/2001/04/xmlenc#tripledes-cbc", "des-192")
    weak = campus.answer(request, encrypt_assertion=True)
    expect_refused(client, post(client, row, weak), "tripledes-cbc is not accepted")


def test_request_is_signed_and_names_where_the_answer_belongs(client, campus, campus_row):
    root, query = request_in(begin(client, campus_row))
    assert query["SigAlg"] == ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"] and query["Signature"]
    assert root.get("AssertionConsumerServiceURL").endswith(f"/saml-validate.view?configuration={campus_row.id}")
    assert root.get("ForceAuthn") is None


def test_fresh_sign_in_asks_the_provider_to_ask_anew(site, campus, campus_row):
    from keyhouse.signin.method import Flow, Purpose
    from keyhouse.signin.saml.method import method

    provider = site.providers.find(campus_row.id)
    flow = Flow(provider.id, "state", "nonce", "verifier", Purpose.FRESH, "/", site.clock())
    root, _ = request_in(method.begin(provider, flow).url)
    assert root.get("ForceAuthn") == "true"


def test_contexts_that_an_administrator_wants_are_asked_for(client, site, campus, ana):
    row = configured(site, campus, requested_contexts=f"{MFA}\n")
    assert asked(client, campus, row).contexts == (MFA,)


def test_addresses_with_an_ampersand_make_a_request_that_can_be_read(client, site, campus, ana):
    row = configured(site, campus, sso_url=f"{campus.url}/sso?a=1&b=2", sp_entity_id="urn:us?x=<1>&y=2")
    url = begin(client, row)
    assert url.startswith(f"{campus.url}/sso?a=1&b=2&SAMLRequest=")
    root, _ = request_in(url)
    assert root.get("Destination") == f"{campus.url}/sso?a=1&b=2"
    assert root.findtext("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer") == "urn:us?x=<1>&y=2"


def test_person_is_known_by_the_name_that_never_changes_and_not_by_the_address(client, front, site, campus, campus_row):
    sign_in(client, campus, campus_row)
    assert identity().subject == f"persistent:{campus.entity_id}!id-of-ana"
    campus.people["ana"] = {**campus.people["ana"], "mail": "ana.new@example.org"}
    again = Client(front)
    sign_in(again, campus, campus_row)
    assert who(again) == ANALYST


def test_persistent_name_is_the_same_person_with_and_without_its_qualifiers(client, front, campus, campus_row):
    sign_in(client, campus, campus_row)
    qualifiers = {"name_qualifier": campus.entity_id, "sp_name_qualifier": asked(client, campus, campus_row).entity_id}
    again = Client(front)
    sign_in(again, campus, campus_row, qualifiers=qualifiers)
    assert who(again) == ANALYST
    assert identity().subject == f"persistent:{campus.entity_id}!id-of-ana"


def test_transient_name_is_refused_and_the_log_says_what_to_do(client, campus, campus_row):
    request = asked(client, campus, campus_row)
    answer = post(client, campus_row, campus.answer(request, format=saml.NAMEID_FORMAT_TRANSIENT), request.relay_state)
    expect_refused(client, answer, "the NameID is transient")
    assert "let the provider send a persistent one" in refusals()[-1]


def test_people_may_be_known_by_an_attribute_whatever_the_name_is(client, site, campus, ana):
    attribute = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"
    row = configured(site, campus, subject_attribute=attribute)
    sign_in(client, campus, row, format=saml.NAMEID_FORMAT_TRANSIENT)
    assert identity().subject == "attribute:ana@campus.example"
    request = asked(client, campus, row)
    two = campus.answer(request, attributes={"eduPersonPrincipalName": ["one@x", "two@x"], "mail": "ana@example.org"})
    other = Client(client.front)
    expect_refused(other, post(other, row, two), "2 values instead of one")


def test_address_comes_from_the_name_where_that_is_one_and_letter_case_makes_no_difference(client, campus, campus_row):
    how = {"format": saml.NAMEID_FORMAT_EMAILADDRESS, "name": "Ana@Example.ORG", "attributes": {}}
    sign_in(client, campus, campus_row, **how)
    assert who(client) == ANALYST
    assert identity().subject == "emailAddress:ana@example.org"


def test_account_is_made_with_name_and_address_where_the_configuration_says_so(client, site, campus, admin):
    from keyhouse.accounts.users import find

    sign_in(client, campus, configured(site, campus, creates_accounts=True), "bob")
    assert who(client) == "bob@example.org"
    assert find("bob@example.org").display_name == "Bob Iologist"


def test_status_of_the_provider_that_is_no_success_is_refused(client, site, campus, campus_row):
    request = asked(client, campus, campus_row)
    status = str(
        campus.server.create_error_response(
            request.id, request.acs, ("urn:oasis:names:tc:SAML:2.0:status:AuthnFailed", "the person gave up"), sign=True
        )
    )
    expect_refused(client, post(client, campus_row, status, request.relay_state), "the person gave up")


def test_metadata_of_this_site_tells_the_provider_all_and_is_signed(client, site, campus, campus_row):
    answer = client.get(f"/saml-metadata.view?configuration={campus_row.id}")
    assert (answer.status, answer.header("Content-Type")) == (200, "application/samlmetadata+xml")
    root = etree.fromstring(answer.body)
    assert root.get("validUntil") is None
    assert f"saml-validate.view?configuration={campus_row.id}" in answer.text
    from onelogin.saml2.utils import OneLogin_Saml2_Utils

    own = campus_row.settings["sp_certificate"]
    assert OneLogin_Saml2_Utils.validate_metadata_sign(answer.body, cert=own)


def test_both_certificates_are_accepted_while_the_provider_changes_its_key(client, front, site, campus, ana, tmp_path):
    from pathlib import Path

    from tests.providers.saml_idp import make_key

    new = make_key(tmp_path, "new")
    row = configured(site, campus, certificates=Path(new[1]).read_text())
    sign_in(client, campus, row)
    campus.use_key(new)
    second = Client(front)
    sign_in(second, campus, row)
    assert (who(client), who(second)) == (ANALYST, ANALYST)


def test_expired_time_of_the_handle_is_told_and_nobody_is_signed_in(client, campus, campus_row):
    from keyhouse.signin.models import HandedOver

    request = asked(client, campus, campus_row)
    posted = post(client, campus_row, campus.answer(request), request.relay_state)
    HandedOver.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    answer = follow(client, posted)
    assert answer.status == 403 and "taken too long" in answer.text
    assert who(client) == "guest"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/saml-validate.view", 404),
        ("POST", "/saml-validate.view?configuration=99", 404),
        ("POST", "/saml-validate.view?configuration=N", 400),
        ("GET", "/saml-validate.view?configuration=N", 405),
        ("GET", "/saml-finish.view?configuration=N", 403),
        ("GET", "/saml-finish.view?configuration=N&handle=nothing", 403),
        ("POST", "/saml-finish.view?configuration=N&handle=nothing", 401),
        ("GET", "/saml-metadata.view?configuration=99", 404),
        ("GET", "/saml-metadata.view?configuration=x", 400),
        ("GET", "/saml-logout.view?configuration=N", 400),
        ("GET", "/saml-logout.view?configuration=N&SAMLRequest=x", 403),
        ("GET", "/saml-logout.view?configuration=N&SAMLResponse=x", 303),
        ("POST", "/saml-logout.view?configuration=N&SAMLRequest=x", 403),
        ("POST", "/saml-logout.view?configuration=N&SAMLResponse=x", 303),
    ],
)
def test_bad_input_is_answered_with_a_sentence(client, campus_row, method, path, status):
    answer = client.request(method, path.replace("=N", f"={campus_row.id}"), csrf=False)
    assert answer.status == status, answer.text
    assert "Traceback" not in answer.text


def test_administrator_who_tries_a_configuration_is_told_exactly_why_an_answer_was_refused(client, site, campus, admin):
    from tests.site import sign_in as sign_in_here

    row = configured(site, campus)
    sign_in_here(client, admin.email)
    request = asked(client, campus, row)
    wrong = campus.answer(request, format=saml.NAMEID_FORMAT_TRANSIENT)
    page = follow(client, post(client, row, wrong, request.relay_state))
    assert page.status == 403
    assert "the NameID is transient" in page.text
