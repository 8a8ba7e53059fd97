"""Attack: an answer that the provider has not signed, or not in a way that proves anything."""

import pytest
import xmlsec

from tests.providers.saml_surgery import DS, assertion, changed, signed_anew, text, tree, without_signatures
from tests.providers.saml_visits import asked, configured, expect_refused, follow, post, who


@pytest.fixture
def row(site, campus, ana):
    return configured(site, campus)


@pytest.fixture
def request_of(client, campus, row):
    return asked(client, campus, row)


@pytest.fixture
def refuses(client, row, request_of):
    """Post an answer, and see it refused for a reason."""
    return lambda xml, because: expect_refused(client, post(client, row, xml, request_of.relay_state), because)


def test_answer_that_was_never_signed_is_refused(campus, request_of, refuses):
    refuses(campus.answer(request_of, sign_response=False, sign_assertion=False), "No Signature found")


def test_answer_whose_signatures_were_taken_away_is_refused(campus, request_of, refuses):
    refuses(without_signatures(campus.answer(request_of)), "No Signature found")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("saml:Assertion/saml:Subject/saml:NameID", "id-of-admin"),
        ("saml:Assertion/saml:AttributeStatement/saml:Attribute/saml:AttributeValue", "admin@example.org"),
        ("saml:Assertion/saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef", "urn:sure"),
    ],
)
def test_what_was_changed_after_it_was_signed_is_refused(campus, request_of, refuses, path, value):
    refuses(changed(campus.answer(request_of), path, value), "Signature validation failed")


@pytest.mark.parametrize("what", ["Assertion", "Response"])
def test_key_of_the_attacker_in_the_answer_is_believed_by_nobody(campus, request_of, refuses, tmp_path, what):
    from tests.providers.saml_idp import make_key

    xml = campus.answer(request_of, sign_response=False, sign_assertion=False)
    refuses(signed_anew(campus, xml, make_key(tmp_path, "attacker"), what), "Signature validation failed")


def test_signed_response_around_an_assertion_of_somebody_else_is_refused(campus, request_of, refuses, tmp_path):
    from tests.providers.saml_idp import make_key

    xml = campus.answer(request_of, sign_response=True, sign_assertion=False)
    refuses(signed_anew(campus, xml, make_key(tmp_path, "attacker"), "Assertion"), "Signature validation failed")


@pytest.mark.parametrize(
    ("algorithm", "digest", "because"),
    [
        (xmlsec.Transform.RSA_SHA1, xmlsec.Transform.SHA256, "rsa-sha1 is not accepted"),
        (xmlsec.Transform.RSA_SHA256, xmlsec.Transform.SHA1, "sha1 is not accepted"),
        (xmlsec.Transform.RSA_SHA224, xmlsec.Transform.SHA256, "rsa-sha224 is not accepted"),
    ],
)
def test_weak_algorithms_are_refused_though_the_key_is_right(campus, request_of, refuses, algorithm, digest, because):
    xml = campus.answer(request_of, sign_response=False, sign_assertion=False)
    refuses(signed_anew(campus, xml, algorithm=algorithm, digest=digest), because)


@pytest.mark.parametrize(
    "algorithm",
    [
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "none",
        "",
    ],
)
def test_algorithm_that_the_attacker_names_is_refused(campus, request_of, refuses, algorithm):
    root = tree(campus.answer(request_of, sign_response=False))
    next(root.iter(f"{DS}SignatureMethod")).set("Algorithm", algorithm)
    refuses(text(root), "the signature algorithm")


@pytest.mark.parametrize(
    ("tamper", "because"),
    [
        (
            lambda signature: next(signature.iter(f"{DS}Reference")).set("URI", ""),
            "the signature in Assertion is of ''",
        ),
        (lambda signature: next(signature.iter(f"{DS}Reference")).attrib.pop("URI"), "is of None"),
        (
            lambda signature: next(signature.iter(f"{DS}Reference")).addnext(tree(f'<Reference xmlns="{DS[1:-1]}"/>')),
            "exactly one reference",
        ),
        (
            lambda signature: next(signature.iter(f"{DS}Transform")).set(
                "Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116"
            ),
            "unusual way",
        ),
        (
            lambda signature: next(signature.iter(f"{DS}Transform")).set(
                "Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116"
            ),
            "unusual way",
        ),
        (
            lambda signature: next(signature.iter(f"{DS}CanonicalizationMethod")).set(
                "Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"
            ),
            "exclusive canonical form",
        ),
        (lambda signature: signature.append(tree(f'<Object xmlns="{DS[1:-1]}"/>')), "contains Object"),
        (
            lambda signature: signature.find(f"{DS}KeyInfo").append(
                tree(f'<RetrievalMethod xmlns="{DS[1:-1]}" URI="http://127.0.0.1:1/key"/>')
            ),
            "contains RetrievalMethod",
        ),
    ],
)
def test_signature_of_an_unusual_shape_is_refused(campus, request_of, refuses, tamper, because):
    root = tree(campus.answer(request_of, sign_response=False))
    tamper(assertion(root).find(f"{DS}Signature"))
    refuses(text(root), because)


def test_answer_that_is_no_response_is_refused(campus, request_of, refuses):
    xml = campus.answer(request_of)
    refuses(text(assertion(tree(xml))), "not a SAML response")
    refuses(campus.metadata, "not a SAML response")


def test_failure_with_the_status_of_a_success_is_refused(campus, request_of, refuses):
    status = campus.server.create_error_response(request_of.id, request_of.acs, Exception("no"), sign=True)
    path = "samlp:Status/samlp:StatusCode"
    refuses(changed(str(status), path, Value="urn:oasis:names:tc:SAML:2.0:status:Success"), "must contain 1 assertion")


def test_what_the_provider_really_signed_is_accepted(client, campus, row, request_of):
    xml = signed_anew(campus, campus.answer(request_of, sign_response=False, sign_assertion=False))
    follow(client, post(client, row, xml, request_of.relay_state))
    assert who(client) == "ana@example.org"
