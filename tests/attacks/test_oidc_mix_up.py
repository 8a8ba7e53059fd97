"""Attack: one provider answers in place of another (RFC 9700, 4.4), or is taken for another."""

import pytest

from tests.providers.oidc_forger import EMAIL, forging, nonce_in, signed, state_in
from tests.providers.oidc_visits import begin, come_back, configured, who


@pytest.fixture
def honest():
    with forging() as provider:
        yield provider


@pytest.fixture
def evil():
    with forging() as provider:
        yield provider


@pytest.fixture
def rows(site, admin, honest, evil):
    return configured(honest, "Honest", site=site), configured(evil, "Evil", site=site)


def answered(provider, url, **claims):
    """Let a provider answer a journey well; return what comes back."""
    provider.says(signed(provider.claims(nonce=nonce_in(url), **claims)))
    return {"code": "code-1", "state": state_in(url)}


def test_each_configuration_has_an_address_of_its_own_to_come_back_to(client, rows):
    urls = [begin(client, row) for row in rows]
    assert len({url.partition("redirect_uri=")[2].partition("&")[0] for url in urls}) == 2


def test_answer_of_the_one_that_was_asked_signs_in(client, rows, honest):
    assert come_back(client, rows[0], answered(honest, begin(client, rows[0]))).status == 303
    assert who(client) == EMAIL


def test_code_of_the_honest_provider_never_reaches_the_evil_one(client, rows, honest, evil):
    """The evil provider, which was asked, leads on to the honest one: its answer comes back to its own address."""
    came = answered(honest, begin(client, rows[1]))
    answer = come_back(client, rows[0], came)
    assert (answer.status, who(client)) == (403, "guest")
    assert (honest.forms, evil.forms) == ([], [])


@pytest.mark.parametrize("what", ["code", "error"])
def test_answer_that_names_another_issuer_or_hides_it_is_refused(client, rows, honest, what):
    honest.document["authorization_response_iss_parameter_supported"] = True
    for issuer in ("https://evil.example.org", "", f"{honest.url}/", f"{honest.url}."):
        came = answered(honest, begin(client, rows[0]))
        if what == "error":
            came = {"state": came["state"], "error": "access_denied"}
        answer = come_back(client, rows[0], {**came, "iss": issuer})
        assert (answer.status, "The answer of Honest was refused" in answer.text) == (403, True), issuer
    assert (honest.forms, who(client)) == ([], "guest")


def test_answer_that_names_another_issuer_is_refused_though_nobody_asked_for_the_name(client, rows, honest, evil):
    came = answered(honest, begin(client, rows[0]))
    assert come_back(client, rows[0], {**came, "iss": evil.url}).status == 403
    assert honest.forms == []


def test_answer_that_names_the_right_issuer_signs_in(client, rows, honest):
    honest.document["authorization_response_iss_parameter_supported"] = True
    came = answered(honest, begin(client, rows[0]))
    assert come_back(client, rows[0], {**came, "iss": honest.url}).status == 303


def test_provider_whose_document_is_of_another_issuer_is_not_used(client, rows, evil, honest):
    evil.document["issuer"] = honest.url
    led = client.get("/login-ssoRedirect.view", configuration=rows[1].id)
    assert led.status == 503
    assert evil.asked == ["/.well-known/openid-configuration"]


def test_provider_cannot_sign_for_another_issuer(client, rows, evil, honest):
    came = answered(evil, begin(client, rows[1]), iss=honest.url)
    assert come_back(client, rows[1], came).status == 403
    assert who(client) == "guest"


def test_provider_that_publishes_the_addresses_of_another_gets_no_secret_of_it(client, rows, evil, honest):
    """Its token endpoint is the honest one's: what is sent there is the evil configuration's own secret and code."""
    evil.document["token_endpoint"] = f"{honest.url}/token"
    came = answered(honest, begin(client, rows[1]))
    assert come_back(client, rows[1], came).status == 403
    assert who(client) == "guest"


def test_one_subject_at_two_providers_is_two_people(client, front, rows, honest, evil):
    from keyhouse.signin.models import ExternalIdentity
    from tests.site import Client

    come_back(client, rows[0], answered(honest, begin(client, rows[0])))
    other = Client(front)
    answer = come_back(other, rows[1], answered(evil, begin(other, rows[1])))
    assert who(other) == "guest"
    assert "not linked" in answer.text
    assert ExternalIdentity.objects.filter(configuration=rows[1]).count() == 0
