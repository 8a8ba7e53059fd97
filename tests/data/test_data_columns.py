"""columns.py: what clients are told of a column."""

import pytest

from keyhouse.data import Column, Kind, caption_of


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("firstName", "First Name"),
        ("patient_id", "Patient Id"),
        ("RowId", "Row Id"),
        ("APIKeys", "API Keys"),
        ("visit2Date", "Visit2 Date"),
        ("status", "Status"),
        ("___", "___"),
        ("naïve_café", "Naïve Café"),
    ],
)
def test_caption_is_made_of_the_words_of_a_name(name: str, caption: str) -> None:
    assert caption_of(name) == caption


def test_caption_that_is_given_is_kept() -> None:
    assert Column("x", caption="Systolic pressure").caption == "Systolic pressure"


def test_kinds_are_the_wire_types_of_labkey() -> None:
    assert [str(kind) for kind in Kind] == ["string", "int", "float", "boolean", "date"]


def test_plain_date_is_told_from_a_timestamp() -> None:
    seen, born = Column("seen", Kind.DATE), Column("born", Kind.DATE, has_time=False)
    assert (seen.friendly_type, seen.jdbc_type) == ("Date and Time", "TIMESTAMP")
    assert (born.friendly_type, born.jdbc_type) == ("Date", "DATE")


def test_every_kind_has_a_type_for_people_and_one_for_java() -> None:
    for kind in Kind:
        assert Column("x", kind).friendly_type
        assert Column("x", kind).jdbc_type.isupper()
