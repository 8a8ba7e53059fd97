"""Site settings: typed, named as on the wire, refused with a sentence when wrong."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.site import OPERATOR, set_site

from keyhouse.siteconfig.options import OPTIONS, SiteSettingError, SiteSettings


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("allowApiKeys", "true", True),
        ("ALLOWAPIKEYS", "On", True),
        ("allowApiKeys", "no", False),
        ("apiKeyExpirationSeconds", "-1", -1),
        ("apiKeyExpirationSeconds", "86400", 86_400),
        ("siteName", "  Lab  ", "Lab"),
    ],
)
def test_values_are_read_as_their_type(name, text, value):
    from keyhouse.siteconfig.store import parse

    assert parse(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("allowApiKeys", "maybe"),
        ("apiKeyExpirationSeconds", "0"),
        ("apiKeyExpirationSeconds", "-2"),
        ("apiKeyExpirationSeconds", "1e9"),
        ("apiKeyExpirationSeconds", "9" * 5000),
        ("sessionIdleSeconds", "1"),
        ("siteName", ""),
        ("siteName", "Lab\nBcc: everybody@example.org"),
        ("siteName", "x" * 101),
        ("unknown", "1"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(name, text):
    from keyhouse.siteconfig.store import parse

    with pytest.raises(SiteSettingError) as refused:
        parse(name, text)
    assert str(refused.value).endswith(".")


@given(st.sampled_from([option.name for option in OPTIONS]), st.text())
def test_reading_a_value_never_raises_anything_else(name, text):
    from keyhouse.siteconfig.store import parse

    with contextlib.suppress(SiteSettingError):
        parse(name, text)


def test_a_new_site_has_the_safe_defaults(site):
    from keyhouse.siteconfig.store import read

    assert read() == SiteSettings()
    assert not read().allow_api_keys and not read().allow_session_keys and not read().api_keys_may_issue_keys


def test_a_change_holds_on_the_next_read_and_says_what_changed(site):
    from keyhouse.siteconfig import store

    assert store.change({"allowApiKeys": True}, OPERATOR, site.recorder) == {"allowApiKeys": (False, True)}
    assert store.read().allow_api_keys
    assert store.change({"allowApiKeys": True}, OPERATOR, site.recorder) == {}


def test_several_settings_change_together_or_not_at_all(site):
    from keyhouse.siteconfig import store

    with pytest.raises(SiteSettingError):
        store.change({"allowApiKeys": True, "nonsense": 1}, OPERATOR, site.recorder)
    assert not store.read().allow_api_keys


def test_every_option_has_a_label_a_doc_and_a_default_of_its_type():
    for option in OPTIONS:
        assert option.label and option.doc.endswith(".")
        assert getattr(SiteSettings(), option.field) == option.default


def test_settings_of_all_workers_are_the_same(site):
    set_site(site, siteName="Lab")
    from keyhouse.siteconfig.store import read

    assert read().site_name == "Lab"
