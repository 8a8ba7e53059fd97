"""Attack: keep what the provider has really signed in the answer, and have something else read (XSW).

The eight wrappings are those of Somorovsky and others, "On Breaking SAML: Be Whoever You Want to Be" (2012). Each is
built from an answer that is really signed, about a person whom the attacker may well be.
"""

import copy

import pytest
from lxml import etree

from tests.providers.saml_surgery import DS, SAML, SAMLP, assertion, forged, signed_anew, text, tree
from tests.providers.saml_visits import ANALYST, asked, configured, follow, post, refusals, who


def signature_of(element):
    return element.find(f"{DS}Signature")


def with_forged_response(xml, keep):
    """Return a forged response around a forged assertion, and the response that was signed; `keep` places it."""
    original = tree(xml)
    evil = copy.deepcopy(original)
    evil.set("ID", "_evil-response")
    evil.replace(assertion(evil), forged(xml))
    keep(evil, original)
    return text(evil)


def xsw1(xml):
    """The signed response inside the signature of the forged one, which follows what it is of."""
    return with_forged_response(xml, lambda evil, original: signature_of(evil).append(without(original)))


def xsw2(xml):
    """The signed response beside its signature, in front of it."""
    return with_forged_response(xml, lambda evil, original: signature_of(evil).addprevious(without(original)))


def xsw3(xml):
    """The forged assertion in front of the signed one."""
    root = tree(xml)
    assertion(root).addprevious(forged(xml))
    return text(root)


def xsw4(xml):
    """The signed assertion inside the forged one."""
    root = tree(xml)
    signed, evil = assertion(root), forged(xml)
    root.replace(signed, evil)
    evil.append(signed)
    return text(root)


def xsw5(xml):
    """The forged assertion carries the signature; the signed one follows without it."""
    root = tree(xml)
    signed, evil = assertion(root), forged(xml)
    evil.find(f"{SAML}Issuer").addnext(signature_of(signed))
    signed.addprevious(evil)
    return text(root)


def xsw6(xml):
    """The forged assertion carries the signature, and the signed one is inside that."""
    root = tree(xml)
    signed, evil = assertion(root), forged(xml)
    signature = signature_of(signed)
    evil.find(f"{SAML}Issuer").addnext(signature)
    root.replace(signed, evil)
    signature.append(signed)
    return text(root)


def xsw7(xml):
    """The signed assertion in extensions, where a schema allows anything."""
    root = tree(xml)
    signed = assertion(root)
    root.replace(signed, forged(xml))
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(signed)
    root.find(f"{SAML}Issuer").addnext(extensions)
    return text(root)


def xsw8(xml):
    """The signed assertion in an object of the signature, where a schema allows anything."""
    root = tree(xml)
    signed, evil = assertion(root), forged(xml)
    signature = signature_of(signed)
    signed.remove(signature)
    evil.find(f"{SAML}Issuer").addnext(signature)
    root.replace(signed, evil)
    etree.SubElement(signature, f"{DS}Object").append(signed)
    return text(root)


def same_id(xml):
    """The forged assertion under the id of the signed one."""
    root = tree(xml)
    evil = forged(xml)
    evil.set("ID", assertion(root).get("ID"))
    assertion(root).addprevious(evil)
    return text(root)


def renamed(xml):
    """A forged response of the id that was signed, around the signed one in its extensions."""
    original = tree(xml)
    evil = copy.deepcopy(original)
    evil.replace(assertion(evil), forged(xml))
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(original)
    evil.find(f"{SAML}Issuer").addnext(extensions)
    return text(evil)


def without(response):
    inner = copy.deepcopy(response)
    inner.remove(signature_of(inner))
    return inner


OF_RESPONSES = (xsw1, xsw2, renamed)
OF_ASSERTIONS = (xsw3, xsw4, xsw5, xsw6, xsw7, xsw8, same_id)


@pytest.fixture
def row(site, campus, ana, admin):
    return configured(site, campus)


def expect_nobody(client, answer):
    answer = follow(client, answer)
    assert answer.status == 403, answer.text
    assert who(client) == "guest"
    assert refusals()[-1].startswith("Campus: ")
    from keyhouse.sessions.models import BrowserSession

    assert not BrowserSession.objects.exclude(user=None).exists()


@pytest.mark.parametrize("wrap", OF_RESPONSES, ids=lambda wrap: wrap.__name__)
def test_wrapped_response_is_refused(client, campus, row, wrap):
    request = asked(client, campus, row)
    xml = campus.answer(request, sign_response=True, sign_assertion=False)
    expect_nobody(client, post(client, row, wrap(xml), request.relay_state))


@pytest.mark.parametrize("signs_response", [False, True], ids=["assertion", "both"])
@pytest.mark.parametrize("wrap", OF_ASSERTIONS, ids=lambda wrap: wrap.__name__)
def test_wrapped_assertion_is_refused(client, campus, row, wrap, signs_response):
    request = asked(client, campus, row)
    xml = campus.answer(request, sign_response=signs_response, sign_assertion=True)
    expect_nobody(client, post(client, row, wrap(xml), request.relay_state))


def test_forged_assertion_beside_an_encrypted_one_is_refused(client, site, campus, ana, admin):
    row = configured(site, campus, wants_encryption=True)
    request = asked(client, campus, row)
    plain = campus.answer(request)
    root = tree(campus.answer(request, sign_response=False, encrypt_assertion=True))
    root.append(forged(plain))
    expect_nobody(client, post(client, row, text(root), request.relay_state))


def test_comment_in_a_name_cuts_nothing_off(client, site, campus, ana):
    """Somebody whose name at the provider is ``ana@example.org.evil.example`` puts a comment into it."""
    from saml2 import saml

    row = configured(site, campus, creates_accounts=True)
    request = asked(client, campus, row)
    evil = f"{ANALYST}.evil.example"
    how = {"format": saml.NAMEID_FORMAT_EMAILADDRESS, "name": evil, "attributes": {"mail": evil}}
    xml = campus.answer(request, sign_response=False, **how)
    # The canonical form that is signed has no comments: the signature still fits.
    commented = xml.replace(evil, f"{ANALYST}<!---->.evil.example")
    assert commented.count("<!---->") == 2
    follow(client, post(client, row, commented, request.relay_state))
    assert who(client) == evil


@pytest.mark.parametrize("inserted", ["<?x y?>", "<x/>", "<![CDATA[]]>"])
def test_nothing_else_in_a_name_cuts_it_short_either(client, site, campus, ana, inserted):
    row = configured(site, campus, creates_accounts=True)
    request = asked(client, campus, row)
    evil = f"{ANALYST}.evil.example"
    xml = campus.answer(request, sign_response=False, sign_assertion=False, attributes={"mail": evil})
    signed = signed_anew(campus, xml.replace(evil, f"{ANALYST}{inserted}.evil.example"))
    answer = post(client, row, signed, request.relay_state)
    if answer.status == 303:
        follow(client, answer)
    assert who(client) in {"guest", evil}


def test_the_answer_that_was_taken_apart_is_accepted_whole(client, campus, row):
    request = asked(client, campus, row)
    follow(client, post(client, row, campus.answer(request), request.relay_state))
    assert who(client) == ANALYST
