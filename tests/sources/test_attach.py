"""Attached databases: their addresses are sealed at rest, and names are unambiguous."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.site import OPERATOR

URL = "postgresql://reader:hunter2@db.example.org/lab"


@pytest.fixture
def home(site):
    from keyhouse.authz.folders import find

    return find("/home")


def test_the_address_is_sealed_in_the_database(site, home):
    source = site.sources.add("lab", URL, home, OPERATOR)
    assert "hunter2" not in source.sealed_url and "db.example.org" not in source.sealed_url
    assert site.sources.spec_of(source).url == URL


def test_another_secret_opens_nothing_and_says_so(site, home):
    import dataclasses

    from keyhouse.settings.seal import Unsealable

    source = site.sources.add("lab", URL, home, OPERATOR)
    other = dataclasses.replace(site.sources, secret="x" * 48)
    with pytest.raises(Unsealable, match="Attach it again"):
        other.spec_of(source)
    assert other.specs() == []


@pytest.mark.parametrize("name", ["", "1a", "a b", "a;b", "core", "CORE", "a" * 65, "a.b", "é", "a\n"])
def test_bad_names_are_refused(site, home, name):
    from keyhouse.sources.attach import AttachError

    with pytest.raises(AttachError):
        site.sources.add(name, URL, home, OPERATOR)


def test_a_name_is_taken_in_any_case(site, home):
    from keyhouse.sources.attach import AttachError

    site.sources.add("lab", URL, home, OPERATOR)
    with pytest.raises(AttachError, match="already"):
        site.sources.add("LAB", URL, home, OPERATOR)


def test_what_is_added_and_removed_shows_at_once(site, home):
    source = site.sources.add("lab", URL, home, OPERATOR)
    assert [spec.name for spec in site.sources.specs()] == ["lab"]
    site.sources.remove(source, OPERATOR)
    assert site.sources.specs() == []


@given(st.text(), st.text(min_size=1))
def test_sealing_and_unsealing_give_any_text_back(text, secret):
    from keyhouse.settings.seal import seal, unseal

    try:
        text.encode(), secret.encode()
    except UnicodeEncodeError:
        return
    assert unseal(seal(text, secret), secret) == text


@given(st.text())
def test_what_was_never_sealed_is_refused(text):
    from keyhouse.settings.seal import Unsealable, unseal

    with pytest.raises(Unsealable):
        unseal(text, "secret")
