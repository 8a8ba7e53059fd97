"""Attack: an answer that the provider has really signed, for somebody else: another site, address or configuration.

The library compares addresses by their beginnings, and an audience only where there is one.
"""

import pytest

from tests.providers.saml_idp import running
from tests.providers.saml_surgery import SAML, assertion, changed, signed_anew, text, tree
from tests.providers.saml_visits import asked, configured, expect_refused, follow, post, who

CONFIRMATION = "saml:Assertion/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
AUDIENCE = "saml:Assertion/saml:Conditions/saml:AudienceRestriction/saml:Audience"


@pytest.fixture
def row(site, campus, ana):
    return configured(site, campus)


@pytest.fixture
def request_of(client, campus, row):
    return asked(client, campus, row)


@pytest.fixture
def refuses(client, campus, row, request_of):
    """Change an answer before the provider signs its assertion; see it refused."""

    def refused(change, because):
        xml = signed_anew(campus, change(campus.answer(request_of, sign_response=False, sign_assertion=False)))
        expect_refused(client, post(client, row, xml, request_of.relay_state), because)

    return refused


@pytest.mark.parametrize("audience", ["urn:another:site", "", "http://127.0.0.1:8080/labkey", "*"])
def test_assertion_for_another_site_is_refused(refuses, audience):
    refuses(
        lambda xml: changed(xml, AUDIENCE, audience), "is not a valid audience" if audience else "the assertion is for"
    )


def test_assertion_for_anybody_is_refused(refuses):
    def without_audience(xml):
        root = tree(xml)
        conditions = assertion(root).find(f"{SAML}Conditions")
        conditions.remove(conditions.find(f"{SAML}AudienceRestriction"))
        return text(root)

    refuses(without_audience, "the assertion is for []")


def test_assertion_of_which_only_one_restriction_names_this_site_is_refused(refuses):
    def two(xml):
        root = tree(xml)
        restriction = assertion(root).find(f"{SAML}Conditions/{SAML}AudienceRestriction")
        restriction.addnext(
            tree(
                f'<a:AudienceRestriction xmlns:a="{SAML[1:-1]}"><a:Audience>urn:x</a:Audience></a:AudienceRestriction>'
            )
        )
        return text(root)

    refuses(two, "the assertion is for [[")


@pytest.mark.parametrize("ending", ["0", "&x=1", "/../other", "#"])
def test_recipient_that_only_begins_like_our_address_is_refused(refuses, request_of, ending):
    refuses(lambda xml: changed(xml, CONFIRMATION, Recipient=request_of.acs + ending), "the confirmation is for")


@pytest.mark.parametrize("recipient", [None, "https://evil.example/?http://127.0.0.1:8080/labkey/saml-validate.view"])
def test_recipient_that_is_missing_or_holds_our_address_is_refused(refuses, recipient):
    refuses(lambda xml: changed(xml, CONFIRMATION, Recipient=recipient), "")


@pytest.mark.parametrize("ending", ["0", "&x=1"])
def test_destination_that_only_begins_like_our_address_is_refused(client, campus, row, request_of, ending):
    xml = campus.answer(request_of, sign_response=False, sign_assertion=False)
    signed = signed_anew(campus, changed(xml, ".", Destination=request_of.acs + ending), what="Response")
    expect_refused(client, post(client, row, signed, request_of.relay_state), "the response is for")


def test_signed_response_without_a_destination_is_refused(client, campus, row, request_of):
    xml = campus.answer(request_of, sign_response=False, sign_assertion=False)
    signed = signed_anew(campus, changed(xml, ".", Destination=None), what="Response")
    expect_refused(client, post(client, row, signed, request_of.relay_state), "does not say for which address")


def test_other_issuer_is_refused_though_the_key_is_right(refuses):
    refuses(lambda xml: changed(xml, "saml:Assertion/saml:Issuer", "urn:other"), "Invalid issuer")


def test_condition_that_is_not_understood_is_refused(refuses):
    def odd(xml):
        root = tree(xml)
        conditions = assertion(root).find(f"{SAML}Conditions")
        kind = "http://www.w3.org/2001/XMLSchema-instance"
        own = tree(f'<a:Condition xmlns:a="{SAML[1:-1]}" xmlns:i="{kind}" i:type="a:OneTimeUseType"/>')
        conditions.append(own)
        return text(root)

    refuses(odd, "")


def test_name_that_was_made_for_another_site_is_refused(refuses):
    refuses(
        lambda xml: changed(xml, "saml:Assertion/saml:Subject/saml:NameID", SPNameQualifier="urn:other"), "urn:other"
    )


def test_answer_to_one_configuration_is_refused_at_another_of_the_same_provider(client, site, campus, row, request_of):
    other = configured(site, campus, "Campus again")
    xml, state = campus.answer(request_of), request_of.relay_state
    expect_refused(client, post(client, other, xml, state), "is not a valid audience")
    # Under one name for both, addresses tell them apart, which the library compares without what follows the "?".
    other.settings = {**other.settings, "sp_entity_id": request_of.entity_id}
    other.save()
    expect_refused(client, post(client, other, xml, state), "the response is for")


def test_answer_of_one_provider_is_refused_at_the_configuration_of_another(client, site, campus, row, tmp_path):
    """A provider that is trusted for its own people vouches for those of another one."""
    with running(tmp_path, name="rogue") as rogue:
        theirs = configured(site, rogue, "Rogue")
        request = asked(client, campus, row)
        rogue.register(client.get(f"/saml-metadata.view?configuration={row.id}").text)
        xml = rogue.answer(request, issuer=None)
        expect_refused(client, post(client, row, xml, request.relay_state), "Invalid issuer")
        lying = signed_anew(
            rogue,
            changed(changed(xml, "saml:Issuer", campus.entity_id), "saml:Assertion/saml:Issuer", campus.entity_id),
        )
        expect_refused(client, post(client, row, lying, request.relay_state), "Signature validation failed")
        # Its own answer, to a journey that went to the other one.
        own = rogue.answer(asked(client, rogue, theirs))
        answer = follow(client, post(client, theirs, own, request.relay_state))
        assert answer.status == 403 and who(client) == "guest"
