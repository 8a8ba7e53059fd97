"""Folders: one path each, whatever way it is written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.site import OPERATOR


@pytest.mark.parametrize(
    "name", ["a\\b", "a:b", "a*b", 'a"b', "<b>", "a|b", "a;b", "@files", "_hidden", "__r5", "..", "."]
)
def test_names_that_could_mean_something_else_are_refused(site, name):
    from keyhouse.authz.folders import FolderError

    with pytest.raises(FolderError):
        site.folders.add(f"/home/{name}", OPERATOR)


@pytest.mark.parametrize(
    "name", ["a\nb", "a\u202eb", "x" * 256, " a", "a\u00a0", "\u200b", "8f3c2a0b-9d4e-4f6a-8b1c-2d3e4f5a6b7c"]
)
def test_names_that_deceive_the_eye_or_stand_for_an_id_are_refused(site, name):
    from keyhouse.authz.folders import FolderError, check_name

    with pytest.raises(FolderError):
        check_name(name)


def test_a_folder_is_found_in_any_case_slashing_and_spelling(site):
    from keyhouse.authz.folders import find

    made = site.folders.add("/Étude", OPERATOR)
    for path in (
        "/Étude",
        "étude",
        "//ÉTUDE/",
        unicodedata.normalize("NFD", "/Étude"),
        str(made.entity_id),
        f"__r{made.id}",
    ):
        assert find(path).id == made.id


def test_two_folders_never_differ_in_case_or_composition_alone(site):
    from keyhouse.authz.folders import FolderError

    site.folders.add("/Étude", OPERATOR)
    for path in ("/étude", unicodedata.normalize("NFD", "/Étude")):
        with pytest.raises(FolderError, match="already exists"):
            site.folders.add(path, OPERATOR)


def test_a_folder_needs_its_parent(site):
    from keyhouse.authz.folders import FolderNotFound

    with pytest.raises(FolderNotFound):
        site.folders.add("/nowhere/sub", OPERATOR)


def test_a_path_that_is_too_long_is_refused_with_a_sentence(site):
    from keyhouse.authz.folders import FolderError

    path = ""
    with pytest.raises(FolderError, match="at most 1024"):
        for _ in range(6):
            path += "/" + "x" * 200
            site.folders.add(path, OPERATOR)


def test_home_and_shared_are_always_there(site):
    from keyhouse.authz.folders import find

    assert [find(path).id for path in ("/", "/home", "/Shared")] == [1, 2, 3]


@given(st.text())
def test_normal_paths_are_normal_for_ever(path):
    from keyhouse.authz.folders import normal

    assert normal(normal(path)) == normal(path)
    assert normal(path).startswith("/") and "//" not in normal(path)
