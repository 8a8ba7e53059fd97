"""Attack: an answer from the past or the future, or one that is signed with a key whose time is over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.providers.saml_idp import make_key
from tests.providers.saml_surgery import changed, signed_anew
from tests.providers.saml_visits import ANALYST, asked, configured, expect_refused, follow, post, who

CONDITIONS = "saml:Assertion/saml:Conditions"
CONFIRMATION = "saml:Assertion/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
STATEMENT = "saml:Assertion/saml:AuthnStatement"


def stamp(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def row(site, campus, ana):
    return configured(site, campus, clock_skew_seconds=60)


@pytest.fixture
def answers(client, campus, row):
    """Post an answer some of whose times were changed before it was signed."""

    def answered(*changes):
        request = asked(client, campus, row)
        xml = campus.answer(request, sign_response=False, sign_assertion=False)
        for path, attributes in changes:
            stamped = {name: stamp(at) if isinstance(at, int) else at for name, at in attributes.items()}
            xml = changed(xml, path, **stamped)
        return post(client, row, signed_anew(campus, xml), request.relay_state)

    return answered


@pytest.mark.parametrize(
    ("path", "attributes", "because"),
    [
        (CONDITIONS, {"NotOnOrAfter": -90}, "the assertion was valid until"),
        (CONDITIONS, {"NotOnOrAfter": -400}, "expired"),
        (CONDITIONS, {"NotBefore": 150}, "the assertion is valid from"),
        (CONDITIONS, {"NotBefore": 400}, "not yet valid"),
        (CONFIRMATION, {"NotOnOrAfter": -90}, "SubjectConfirmation"),
        (CONFIRMATION, {"NotBefore": 150}, "SubjectConfirmation"),
        (CONFIRMATION, {"NotOnOrAfter": None}, "the confirmation has no end"),
        (STATEMENT, {"SessionNotOnOrAfter": -1}, "have expired"),
        (STATEMENT, {"AuthnInstant": 150}, "signed in at the provider in the future"),
        ("saml:Assertion", {"IssueInstant": 150}, "issued in the future"),
    ],
)
def test_answer_that_is_not_of_this_moment_is_refused(client, answers, path, attributes, because):
    expect_refused(client, answers((path, attributes)), because)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-21", "2026-11-21T20:00:00+14:00", "99999-01-01T00:00:00Z"])
def test_time_that_cannot_be_read_is_refused(client, answers, text):
    for path in (CONDITIONS, STATEMENT, CONFIRMATION, "saml:Assertion"):
        name = {STATEMENT: "AuthnInstant", "saml:Assertion": "IssueInstant"}.get(path, "NotOnOrAfter")
        expect_refused(client, answers((path, {name: text})), "")


def test_clocks_may_differ_by_what_is_set(client, answers):
    late = ((CONDITIONS, {"NotOnOrAfter": -10}), (CONDITIONS, {"NotBefore": -300}))
    follow(client, answers(*late, ("saml:Assertion", {"IssueInstant": 30})))
    assert who(client) == ANALYST


def test_answer_under_an_expired_certificate_is_refused(client, site, campus, ana, tmp_path):
    campus.use_key(make_key(tmp_path, "expired", (-20, -1)))
    row = configured(site, campus)
    request = asked(client, campus, row)
    expect_refused(client, post(client, row, campus.answer(request), request.relay_state), "no signing certificate")


def test_expired_certificate_beside_a_valid_one_is_not_believed_any_more(client, site, campus, ana, tmp_path):
    old = make_key(tmp_path, "old", (-20, -1))
    row = configured(site, campus, certificates=Path(old[1]).read_text())
    request = asked(client, campus, row)
    xml = campus.answer(request, sign_response=False, sign_assertion=False)
    refused = post(client, row, signed_anew(campus, xml, old), request.relay_state)
    expect_refused(client, refused, "Signature validation failed")
    follow(client, post(client, row, signed_anew(campus, xml), request.relay_state))
    assert who(client) == ANALYST
