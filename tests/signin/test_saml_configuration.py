"""SAML configurations: what is refused, what is filled in, and what a test of one finds."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.providers.saml_idp import make_key
from tests.site import OPERATOR


def drafted(settings):
    from keyhouse.signin.configurations import Draft

    return Draft("Campus", settings)


@pytest.fixture
def method():
    from keyhouse.signin.saml.method import method

    return method


@pytest.fixture
def added(site, campus):
    """A configuration that was added through the service, with the metadata at its address."""
    return site.configurations.add("saml", drafted({"metadata_url": f"{campus.url}/metadata"}), OPERATOR)


def problems_of(method, **settings):
    return dict(method.problems(settings, {}))


def findings_of(site, row):
    return site.configurations.test(row)


def changes():
    from keyhouse.audit.models import AuditEvent

    rows = AuditEvent.objects.filter(kind="sign-in configuration changed").order_by("sequence")
    return [row.details for row in rows]


def test_metadata_at_an_address_is_fetched_and_kept_when_the_configuration_is_saved(site, campus, added):
    assert added.settings["metadata"].startswith("<")
    assert campus.entity_id in added.settings["metadata"]


def test_key_of_this_site_is_made_when_there_is_none_and_never_shown(site, added):
    assert site.configurations.secret_names(added) == {"sp_key"}
    assert "PRIVATE" not in str(added.settings) and "PRIVATE" not in added.sealed
    assert "BEGIN CERTIFICATE" in added.settings["sp_certificate"]


def test_key_of_this_site_stays_when_something_else_is_changed(site, added):
    before = added.settings["sp_certificate"]
    site.configurations.change(added, drafted({"clock_skew_seconds": 30}), OPERATOR)
    assert added.settings["sp_certificate"] == before


def test_keys_that_the_provider_changes_are_told_by_the_test_and_taken_by_saving_alone(site, campus, added, tmp_path):
    kept = added.settings["metadata"]
    assert any("is what was kept" in each.text for each in findings_of(site, added))
    campus.use_key(make_key(tmp_path, "changed"))
    [told] = [each for each in findings_of(site, added) if "other metadata" in each.text]
    assert not told.is_ok and "new: certificate" in told.text and "gone: certificate" in told.text
    added.refresh_from_db()
    assert added.settings["metadata"] == kept
    site.configurations.change(added, drafted({}), OPERATOR)
    [*_, last] = changes()
    assert last["old"]["known_certificates"] != last["new"]["known_certificates"]
    assert any("is what was kept" in each.text for each in findings_of(site, added))


def test_metadata_that_cannot_be_fetched_is_said_at_its_field(site, campus):
    for url in (f"{campus.url}/metadata", "http://127.0.0.1:1/metadata"):
        from keyhouse.signin.configurations import ConfigurationError

        draft = drafted({"metadata_url": url.replace("/metadata", "/nothing/here")})
        with pytest.raises(ConfigurationError) as refused:
            site.configurations.add("saml", draft, OPERATOR)
        assert refused.value.problems[0][0] in {"metadata", "metadata_url"}


@pytest.mark.parametrize(
    ("settings", "name", "words"),
    [
        ({"sso_url": "https://idp.example.org/sso"}, "metadata", "Upload the provider's metadata"),
        ({"metadata": "<a/>"}, "metadata", "no IDPSSODescriptor"),
        ({"metadata": "no xml"}, "metadata", "not well-formed"),
        ({"metadata": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "metadata", "DTD"),
        ({"metadata_url": "http://idp.example.org/metadata"}, "metadata_url", "not encrypted"),
        ({"entity_id": "urn:idp"}, "sso_url", "no HTTP-Redirect address"),
        ({"entity_id": "urn:idp", "sso_url": "http://idp.example.org/sso"}, "sso_url", "not encrypted"),
        ({"entity_id": "urn:idp", "sso_url": "https://idp.example.org/sso"}, "certificates", "Give the certificate"),
        ({"certificates": "nonsense"}, "certificates", "cannot be read"),
        ({"clock_skew_seconds": 301}, "clock_skew_seconds", "from 0 to 300"),
        ({"clock_skew_seconds": "-1"}, "clock_skew_seconds", "from 0 to 300"),
        ({"requested_contexts": "mfa please"}, "requested_contexts", "one whole name a line"),
        ({"wants_encryption": True}, "sp_key", "could not read"),
        ({"sp_certificate": "nonsense"}, "sp_key", "key cannot be read"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(method, settings, name, words):
    assert words in problems_of(method, **settings)[name]


def test_configuration_may_wait_for_a_provider_that_wants_to_know_this_site_first(client, site):
    row = site.configurations.add("saml", drafted({}), OPERATOR)
    assert f"configuration={row.id}" in client.get(f"/saml-metadata.view?configuration={row.id}").text
    first, *others = findings_of(site, row)
    assert not first.is_ok and "Upload the provider's metadata" in first.text
    assert any("Register this site" in each.text for each in others)
    answer = client.get(f"/login-ssoRedirect.view?configuration={row.id}")
    assert answer.status == 403 and "not set up completely" in answer.text


def test_certificate_of_another_key_and_short_keys_are_refused(method, tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    one, other = make_key(tmp_path, "one"), make_key(tmp_path, "other")
    settings = {"sp_certificate": Path(other[1]).read_text()}
    assert "belongs to another key" in str(dict(method.problems(settings, {"sp_key": Path(one[0]).read_text()})))
    short = rsa.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert "2048 bits" in str(dict(method.problems(settings, {"sp_key": short.decode()})))


def test_metadata_of_many_providers_needs_the_name_of_one(method, campus):
    one = campus.metadata.partition("?>")[2] if campus.metadata.startswith("<?xml") else campus.metadata
    other = one.replace(campus.entity_id, "urn:other")
    both = f'<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">{one}{other}</EntitiesDescriptor>'
    assert "2 providers" in problems_of(method, metadata=both)["entity_id"]
    assert problems_of(method, metadata=both, entity_id="urn:other") == {}
    assert "no providers of this name" in problems_of(method, metadata=both, entity_id="urn:third")["entity_id"]


def test_test_tells_of_certificates_that_expire_soon_have_expired_or_are_not_valid_yet(site, campus, added, tmp_path):
    for name, days, words in (
        ("old", (-20, -1), "expired"),
        ("soon", (-1, 20), "expires"),
        ("new", (2, 9), "not valid yet"),
    ):
        pem = Path(make_key(tmp_path, name, days)[1]).read_text()
        site.configurations.change(added, drafted({"certificates": pem}), OPERATOR)
        assert any(words in each.text and not each.is_ok and each.advice for each in findings_of(site, added)), name


def test_test_says_what_to_register_and_that_this_site_is_not_encrypted(site, added):
    texts = " ".join(each.text for each in findings_of(site, added))
    for name in ("saml-metadata", "saml-validate", "saml-logout"):
        assert f"/{name}.view?configuration={added.id}" in texts
    assert "which is not encrypted" in texts and "clock says" in texts


def test_test_of_a_provider_that_is_down_says_so_and_sign_in_goes_on(site, added):
    added.settings = {**added.settings, "metadata_url": "http://127.0.0.1:1/metadata"}
    [told] = [each for each in findings_of(site, added) if "could not be read" in each.text]
    assert not told.is_ok and "goes on with what was kept" in told.advice


def test_metadata_whose_time_is_over_is_told(site, added):
    from keyhouse.signin.saml.method import Saml

    later = Saml(lambda: site.clock() + timedelta(days=4000))
    provider = site.providers.value_of(added)
    texts = " ".join(
        each.text for each in later.test(replace(provider, settings={**provider.settings, "metadata_url": ""}))
    )
    assert "has expired" in texts and "own" in texts


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else(data):
    from keyhouse.signin.saml.metadata import MetadataProblem, read_metadata

    with pytest.raises(MetadataProblem):
        read_metadata(data)


@given(st.text(max_size=300))
def test_any_text_is_base64_and_deflated_or_refused(text):
    from keyhouse.signin.saml.refusal import Refused
    from keyhouse.signin.saml.xml import decoded, inflated, parsed

    for read in (decoded, inflated, lambda given: parsed(given.encode("utf-8", "replace"))):
        try:
            read(text)
        except Refused as error:
            assert str(error)
