"""Any JSON that is sent as a design is read or refused in words."""

from hypothesis import given
from hypothesis import strategies as st

from keyhouse.labkey.property_design import read_fields, read_indices
from keyhouse.lists.aliases import aliases_of
from keyhouse.lists.errors import ListError

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
MEMBERS = st.sampled_from(
    ["name", "rangeURI", "PHI", "phi", "scale", "required", "propertyId", "conditionalFormats", "importAliases", "URL"]
)
FIELD = st.dictionaries(MEMBERS, JSON, max_size=6)
INDEX = st.dictionaries(st.sampled_from(["columnNames", "unique", "type"]), JSON, max_size=3)


@given(fields=st.lists(FIELD | JSON, max_size=3) | JSON, indices=st.lists(INDEX | JSON, max_size=3) | JSON)
def test_any_design_is_read_or_refused(fields, indices):
    for read in (read_fields, read_indices):
        try:
            for each in read({"fields": fields, "indices": indices}):
                assert each is not None
        except ListError as error:
            assert str(error)


@given(text=st.text())
def test_import_aliases_are_split_at_blanks_and_commas_outside_of_quotes(text):
    for alias in aliases_of(text):
        assert alias.strip() == alias != ""
        assert alias in text
