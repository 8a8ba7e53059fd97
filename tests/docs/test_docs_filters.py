"""The reference tells every filter operator and every container filter."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "filters.md"


def test_every_filter_operator_is_in_the_reference():
    from keyhouse.data import OPERATORS
    from keyhouse.data.operators import ABSENT

    text = PAGE.read_text("utf-8")
    assert [op for op in sorted({*OPERATORS, *ABSENT} - {""}) if f"`{op}`" not in text] == []


def test_every_container_filter_is_in_the_reference(site):
    from keyhouse.schemas.container_filters import FILTERS

    text = PAGE.read_text("utf-8").lower()
    assert [name for name in FILTERS if f"`{name}`" not in text] == []
