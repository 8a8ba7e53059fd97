"""Attack: XML that swells, waits or fetches when it is read, posted by anybody."""

import base64
import time
import tracemalloc
import zlib

import pytest

from tests.providers.saml_visits import configured, expect_refused, post

LAUGHS = (
    '<!DOCTYPE r [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><r>&i;</r>"
)


@pytest.fixture
def row(site, campus, ana):
    return configured(site, campus)


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS,
        LAUGHS.replace("<r>&i;</r>", '<r x="&i;"/>'),
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><r/>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r/>',
        "<!DOCTYPE r><r/>",
    ],
    ids=["laughs", "laughs in an attribute", "file", "parameter", "external", "plain"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_with_a_dtd_is_refused_before_it_is_read(client, row, xml, encoding):
    expect_refused(client, post(client, row, xml.encode(encoding)), "has a DTD")


def test_inclusion_is_not_followed(client, row, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("of the machine")
    xml = f'<r xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{secret}" parse="text"/></r>'
    expect_refused(client, post(client, row, xml), "not a SAML response")


@pytest.mark.parametrize(
    "xml",
    [
        "<a>" * 100_000 + "</a>" * 100_000,
        "<a " + " ".join(f'x{number}="y"' for number in range(50_000)) + "/>",
        "<a>" + "<b/>" * 120_000 + "</a>",
        "<a" + "".join(f' xmlns:n{number}="u{number}"' for number in range(20_000)) + "/>",
    ],
    ids=["deep", "attributes", "wide", "namespaces"],
)
def test_document_that_is_deep_or_wide_is_refused_in_no_time(client, row, xml):
    began = time.process_time()
    assert post(client, row, xml).status in {403, 413}
    assert time.process_time() - began < 10


def test_document_that_is_too_large_is_refused(client, row):
    assert post(client, row, "<a>" + "x" * 600_000 + "</a>").status in {403, 413}
    assert post(client, row, "<a>" + "x" * 3_000_000 + "</a>").status == 413


def deflated(size):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(b"<a>" + b" " * size) + packer.flush()).decode()


def test_deflated_message_stops_before_it_swells(site, campus, ana):
    from keyhouse.signin.saml.refusal import Refused
    from keyhouse.signin.saml.xml import inflated

    bomb = deflated(200 * 1024 * 1024)
    assert len(bomb) < 300_000
    tracemalloc.start()
    with pytest.raises(Refused, match="inflates to more"):
        inflated(bomb)
    assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    tracemalloc.stop()


def test_deflated_bomb_in_an_address_is_refused(client, row):
    answer = client.get("/saml-logout.view", configuration=row.id, SAMLRequest=deflated(4 * 1024 * 1024))
    assert answer.status == 403


@pytest.mark.parametrize(
    "junk", ["", " ", "=", "%", "PHI", "\x01", "é" * 100, "PHI+" * 10, base64.b64encode(b"\xff" * 99).decode()]
)
def test_junk_is_refused_with_a_sentence(client, row, junk):
    from keyhouse.signin.saml.refusal import Refused
    from keyhouse.signin.saml.xml import decoded, parsed

    try:
        parsed(decoded(junk))
    except Refused as error:
        assert str(error)
    answer = client.post(f"/saml-validate.view?configuration={row.id}", form={"SAMLResponse": junk}, csrf=False)
    assert answer.status in {400, 403}
    assert "Traceback" not in answer.text


def test_who_sends_one_bad_message_after_the_other_is_slowed(client, row, monkeypatch):
    from keyhouse.authn.throttle import Throttle
    from keyhouse.console import sso_saml

    monkeypatch.setattr(sso_saml, "_REFUSED", Throttle(3, seconds_a_failure=60))
    statuses = [post(client, row, "<a/>").status for _ in range(6)]
    assert statuses[0] == 403 and statuses[-1] == 429
