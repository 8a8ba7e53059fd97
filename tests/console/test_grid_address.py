"""The address of a grid: what is written is read back, and nothing mangled breaks it."""

from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from keyhouse.console.grid_address import DEFAULT_ROWS, MOST_ROWS, GridAddress, GridFilter, read

NAMES = st.text("abcXYZ_019/$ é", min_size=1, max_size=12).map(str.strip).filter(bool)
FILTERS = st.builds(GridFilter, NAMES, st.sampled_from(["eq", "gt", "contains", "isblank", "in"]), st.text(max_size=20))
ADDRESSES = st.builds(
    GridAddress,
    schema=NAMES,
    query=NAMES,
    sort=st.lists(st.tuples(NAMES, st.booleans()), max_size=3).map(tuple),
    filters=st.lists(FILTERS, max_size=3).map(tuple),
    offset=st.integers(0, 10**9),
    max_rows=st.integers(1, MOST_ROWS),
    columns=st.lists(NAMES, max_size=3).map(tuple),
    container_filter=st.sampled_from(["", "Current", "AllFolders"]),
)


@given(ADDRESSES)
def test_an_address_survives_its_url(address):
    pairs = parse_qsl(urlencode(address.parameters), keep_blank_values=True)
    assert read(pairs) == address


@given(st.lists(st.tuples(st.text(max_size=30), st.one_of(st.text(max_size=30), st.integers(), st.none()))))
def test_whatever_parameters_come_an_address_is_read(pairs):
    address = read(pairs)
    assert address.offset >= 0
    assert 1 <= address.max_rows <= MOST_ROWS


def test_names_of_parameters_match_in_any_letter_case():
    address = read([("SCHEMANAME", "s"), ("Query.QueryName", "q"), ("QUERY.Age~GT", "4"), ("query.SORT", "-a")])
    assert address == GridAddress("s", "q", (("a", True),), (GridFilter("Age", "gt", "4"),))


def test_a_number_that_is_none_has_its_default():
    address = read([("query.maxRows", "many"), ("query.offset", "-7")])
    assert (address.max_rows, address.offset) == (DEFAULT_ROWS, 0)


def test_sorting_a_second_time_turns_the_order_round():
    once = GridAddress("s", "q", offset=50).sorted_by("age")
    assert (once.direction_of("AGE"), once.offset) == ("ascending", 0)
    assert once.sorted_by("age").direction_of("age") == "descending"
    assert once.sorted_by("sex").direction_of("age") == ""


def test_a_filter_is_added_once_and_taken_away_again():
    plain, extra = GridAddress("s", "q", offset=100), GridFilter("age", "gt", "40")
    narrowed = plain.filtered(extra).filtered(extra)
    assert narrowed.filters == (extra,)
    assert narrowed.offset == 0
    assert narrowed.without(extra).filters == ()


def test_an_export_has_every_filter_and_no_paging():
    address = GridAddress("s", "q", (("a", True),), (GridFilter("b", "eq", "1"),), offset=100, max_rows=20)
    assert address.selection == [
        ("schemaName", "s"),
        ("query.queryName", "q"),
        ("query.sort", "-a"),
        ("query.b~eq", "1"),
    ]
