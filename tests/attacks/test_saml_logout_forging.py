"""Attack: sign other people out, by a message that their provider never sent, sent to somebody else, or sent before."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from saml2 import BINDING_HTTP_POST, saml

from tests.providers.saml_idp import running
from tests.providers.saml_surgery import changed, without_signatures
from tests.providers.saml_visits import ANALYST, asked, configured, post_logout, refusals, sign_in, who
from tests.site import CONTEXT_PATH, Client

NAME = "id-of-ana"


@pytest.fixture
def row(site, campus, ana):
    return configured(site, campus)


@pytest.fixture
def signed_in(client, campus, row):
    """A person who signed in, in session ``_7`` of the provider."""
    sign_in(client, campus, row, index="_7")
    return client


def parts(client, campus, row, **how):
    """Return entity id and address to which sign-outs are sent, and an address with one."""
    request = asked(Client(client.front), campus, row)
    address = request.acs.replace("saml-validate", "saml-logout")
    index = how.pop("index", "_7")
    made = campus.logout_request(request.entity_id, how.pop("name", NAME), index, address, **how)
    return request.entity_id, address, made


def leads(made):
    return str(dict(made["headers"])["Location"])


def visit(client, url):
    """Go to an address as a browser without a cookie does: in a frame of the provider's page."""
    at = urlsplit(url)
    return Client(client.front).get(f"{at.path.removeprefix(CONTEXT_PATH)}?{at.query}")


def expect_still_there(client, answer, because):
    assert answer.status == 403, answer.text
    assert "could not be accepted" in answer.text and "Traceback" not in answer.text
    assert because in refusals("access refused")[-1]
    assert who(client) == ANALYST


def test_sign_out_that_the_provider_sends_is_obeyed(signed_in, campus, row):
    _, _, made = parts(signed_in, campus, row)
    answer = visit(signed_in, leads(made))
    assert answer.status == 303
    assert answer.header("Location").startswith(f"{campus.url}/slo?SAMLResponse=")
    assert who(signed_in) == "guest"


def test_sign_out_that_is_posted_and_signed_is_obeyed(signed_in, campus, row):
    _, _, made = parts(signed_in, campus, row, binding=BINDING_HTTP_POST)
    assert post_logout(signed_in, row, made).status == 303
    assert who(signed_in) == "guest"


def test_redirect_without_a_signature_is_refused(signed_in, campus, row):
    _, _, made = parts(signed_in, campus, row, is_signed=False)
    expect_still_there(signed_in, visit(signed_in, leads(made)), "the signature algorithm (none)")


@pytest.mark.parametrize("taken", ["Signature", "SigAlg"])
def test_redirect_whose_signature_was_taken_away_is_refused(signed_in, campus, row, taken):
    _, address, made = parts(signed_in, campus, row)
    query = [(name, value) for name, value in parse_qsl(urlsplit(leads(made)).query) if name != taken]
    expect_still_there(signed_in, visit(signed_in, f"{address}&{urlencode(query)}"), "")


@pytest.mark.parametrize(
    "algorithm", ["http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "none"]
)
def test_algorithm_that_the_attacker_names_is_refused(signed_in, campus, row, algorithm):
    _, _, made = parts(signed_in, campus, row)
    at = urlsplit(leads(made))
    query = dict(parse_qsl(at.query)) | {"SigAlg": algorithm}
    url = at._replace(query=urlencode(query)).geturl()
    expect_still_there(signed_in, visit(signed_in, url), f"the signature algorithm {algorithm} is not accepted")


def test_second_message_beside_the_signed_one_is_refused(signed_in, campus, row):
    _, _, made = parts(signed_in, campus, row, name="id-of-bob")
    _, _, unsigned = parts(signed_in, campus, row, is_signed=False)
    evil = dict(parse_qsl(urlsplit(leads(unsigned)).query))["SAMLRequest"]
    for url in (f"{leads(made)}&{urlencode({'SAMLRequest': evil})}",):
        expect_still_there(signed_in, visit(signed_in, url), "'SAMLRequest' twice")


def test_relay_state_is_signed_too(signed_in, campus, row):
    _, _, made = parts(signed_in, campus, row)
    url = leads(made).replace("RelayState=state", "RelayState=other")
    expect_still_there(signed_in, visit(signed_in, url), "the signature in the address is not the provider's")


def test_posted_sign_out_without_a_signature_is_refused(signed_in, campus, row):
    _, _, made = parts(signed_in, campus, row, binding=BINDING_HTTP_POST, is_signed=False)
    expect_still_there(signed_in, post_logout(signed_in, row, made), "is not signed")


@pytest.mark.parametrize(
    "forge",
    [
        lambda xml: changed(xml, "saml:NameID", "id-of-bob"),
        lambda xml: changed(xml, "samlp:SessionIndex", "_8"),
        lambda xml: changed(xml, ".", ID="_other"),
        without_signatures,
    ],
)
def test_posted_sign_out_that_was_changed_is_refused(signed_in, campus, row, forge):
    _, _, made = parts(signed_in, campus, row, binding=BINDING_HTTP_POST)
    expect_still_there(signed_in, post_logout(signed_in, row, made, forge), "")


def test_sign_out_of_another_provider_is_refused(signed_in, site, campus, row, tmp_path):
    with running(tmp_path, name="rogue") as rogue:
        rogue.register(signed_in.get(f"/saml-metadata.view?configuration={row.id}").text)
        entity_id, address, _ = parts(signed_in, campus, row)
        made = rogue.logout_request(entity_id, NAME, "_7", address)
        expect_still_there(signed_in, visit(signed_in, leads(made)), "not the provider's")
        # To its own configuration: it ends nobody whom another provider vouched for.
        theirs = configured(site, rogue, "Rogue")
        entity_id = asked(Client(signed_in.front), rogue, theirs).entity_id
        made = rogue.logout_request(entity_id, NAME, "_7", address.replace(f"={row.id}", f"={theirs.id}"))
        assert visit(signed_in, leads(made)).status == 303
        assert who(signed_in) == ANALYST


def test_sign_out_for_another_site_is_refused(signed_in, campus, row):
    _, _, made = parts(signed_in, campus, row, destination="http://other.example/saml-logout.view")
    expect_still_there(signed_in, visit(signed_in, leads(made)), "the message is for")


def test_sign_out_works_once(signed_in, client, campus, row):
    _, _, made = parts(signed_in, campus, row, index=None)
    assert visit(signed_in, leads(made)).status == 303
    assert who(signed_in) == "guest"
    sign_in(client, campus, row, index="_9")
    expect_still_there(client, visit(client, leads(made)), "was used before")


def test_sign_out_of_one_session_leaves_the_others(signed_in, front, campus, row):
    second = Client(front)
    sign_in(second, campus, row, index="_8")
    _, _, made = parts(signed_in, campus, row, index="_8")
    visit(signed_in, leads(made))
    assert (who(signed_in), who(second)) == (ANALYST, "guest")


def test_sign_out_without_a_session_ends_all_of_the_person(signed_in, front, campus, row):
    second = Client(front)
    sign_in(second, campus, row, index="_8")
    _, _, made = parts(signed_in, campus, row, index=None)
    visit(signed_in, leads(made))
    assert (who(signed_in), who(second)) == ("guest", "guest")


def test_person_known_by_an_attribute_is_found_by_the_name_in_the_sign_out(client, site, campus, ana):
    row = configured(site, campus, subject_attribute="urn:oid:1.3.6.1.4.1.5923.1.1.1.6")
    sign_in(client, campus, row, format=saml.NAMEID_FORMAT_TRANSIENT, name="_once")
    for name, left in (("_another", ANALYST), ("_once", "guest")):
        _, _, made = parts(client, campus, row, index=None, name=name, format=saml.NAMEID_FORMAT_TRANSIENT)
        assert visit(client, leads(made)).status == 303
        assert who(client) == left


def test_sign_out_from_the_past_or_the_future_is_refused(signed_in, site, campus, row):
    from keyhouse.signin.saml import logout as saml_logout
    from keyhouse.signin.saml.refusal import Refused

    _, _, made = parts(signed_in, campus, row)
    provider, query = site.providers.find(row.id), urlsplit(leads(made)).query
    for minutes in (-10, 10):
        with pytest.raises(Refused, match="compare the clocks"):
            saml_logout.redirected_request(provider, query, datetime.now(UTC) + timedelta(minutes=minutes))


@pytest.mark.parametrize("junk", ["x", base64.b64encode(b"<a/>").decode(), ""])
def test_junk_is_refused(signed_in, row, junk):
    for method in ("GET", "POST"):
        for name in ("SAMLRequest", "SAMLResponse"):
            query = urlencode({"configuration": row.id, name: junk})
            answer = Client(signed_in.front).request(method, f"/saml-logout.view?{query}", csrf=False)
            assert answer.status in {400, 403} or (answer.status, name) == (303, "SAMLResponse")
    assert who(signed_in) == ANALYST


def test_answer_to_our_sign_out_that_is_not_signed_is_doubted_and_no_error(signed_in, row):
    """Many providers sign no answers; whoever forges one gets the page that says so, and nothing else."""
    submitted = signed_in.post("/login-logout.view", {"accept": "text/html", "user-agent": "Mozilla/5.0"}, form={})
    signed_in.get(urlsplit(submitted.header("Location")).path.removeprefix("/labkey"))
    signed_in.get(f"/saml-logout.view?configuration={row.id}&SAMLResponse=x")
    page = signed_in.get("/login-signedOut.view")
    assert "You may still be signed in at Campus" in page.text


def test_foreign_page_that_sends_a_browser_here_signs_nobody_out(signed_in, row):
    for path in (
        f"/saml-logout.view?configuration={row.id}&SAMLRequest=x",
        f"/saml-logout.view?configuration={row.id}",
    ):
        assert signed_in.get(path, {"sec-fetch-site": "cross-site"}).status in {400, 403}
    assert who(signed_in) == ANALYST
