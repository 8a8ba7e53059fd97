"""What lacks of a declaration, and how much PHI it lets one see."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keyhouse.compliance.declaring import Declared, Demand, Item, lacking, phi_ceiling
from keyhouse.core.assurance import Assurance
from keyhouse.core.context import NOTHING_DECLARED, AcceptedTerms
from keyhouse.core.phi import PhiLevel

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TERMS = (AcceptedTerms("/", 1, "A"), AcceptedTerms("/study", 3, "B"), AcceptedTerms("/study", 4, "C"))
levels = st.sampled_from(PhiLevel)
levels_of_sign_in = st.sampled_from(Assurance)
SURE = max(Assurance)
purposes = st.sampled_from(["care", "science", "quality"])
demands = st.builds(
    Demand,
    wants_purpose=st.booleans(),
    purposes=st.sampled_from([(), ("care",), ("care", "science")]),
    wants_irb_number=st.booleans(),
    wants_phi_level=st.booleans(),
    wants_signature=st.booleans(),
    terms=st.sets(st.sampled_from(TERMS)).map(tuple),
    requires_phi_roles=st.booleans(),
    lapses_after=st.none() | st.integers(1, 100).map(lambda days: timedelta(days=days)),
    assurance=st.sampled_from(Assurance),
)
declarations = st.builds(
    Declared,
    number=st.integers(1),
    at=st.integers(0, 200).map(lambda days: NOW - timedelta(days=days)),
    purpose=st.none() | purposes,
    irb_number=st.none() | st.sampled_from(["", "IRB-1"]),
    phi_level=st.none() | levels,
    terms=st.sets(st.sampled_from(TERMS)).map(tuple),
    printed_name=st.sampled_from(["", "Ada"]),
    is_of_key=st.booleans(),
)
WHOLE = Declared(1, NOW, "care", "IRB-1", PhiLevel.NOT_PHI, TERMS, "Ada")


@given(demands)
def test_nothing_declared_and_nobody_known_lacks_all_that_is_demanded(demand):
    assert (lacking(demand, None, Assurance.UNKNOWN, NOW) == frozenset()) == demand.is_nothing
    assert (lacking(demand, None, SURE, NOW) == frozenset()) == (not demand.wants_declaration)


@given(demands, declarations, levels_of_sign_in)
def test_a_weaker_sign_in_than_is_demanded_lacks_whatever_is_declared(demand, declared, level):
    assert (Item.SIGN_IN_LEVEL in lacking(demand, declared, level, NOW)) == (level < demand.assurance)


@given(demands, declarations, levels_of_sign_in)
def test_a_surer_sign_in_never_lacks_more(demand, declared, level):
    assert lacking(demand, declared, SURE, NOW) <= lacking(demand, declared, level, NOW)


@given(demands)
def test_whole_declaration_lacks_nothing(demand):
    assert lacking(demand, WHOLE, SURE, NOW) == frozenset()


@given(demands, st.none() | declarations)
def test_nothing_lacks_where_nothing_is_demanded(demand, declared):
    if demand.is_nothing:
        assert not lacking(demand, declared, SURE, NOW)


@given(demands, declarations, st.sampled_from(["wants_purpose", "wants_irb_number", "wants_signature"]))
def test_who_demands_more_never_finds_less_lacking(demand, declared, more):
    assert lacking(demand, declared, SURE, NOW) <= lacking(replace(demand, **{more: True}), declared, SURE, NOW)


@given(demands, declarations)
def test_declaration_of_a_key_lapses_as_a_whole_and_one_of_a_session_never_does(demand, declared):
    after = demand.lapses_after
    has_lapsed = declared.is_of_key and after is not None and declared.at + after <= NOW
    if has_lapsed:
        assert lacking(demand, declared, SURE, NOW) == lacking(demand, None, SURE, NOW)
    of_session = replace(declared, is_of_key=False)
    assert lacking(demand, of_session, SURE, NOW) == lacking(demand, of_session, SURE, NOW + timedelta(days=10_000))


@given(demands, declarations)
def test_terms_lack_unless_each_version_in_force_was_accepted(demand, declared):
    declared = replace(declared, is_of_key=False)
    missing = set(demand.terms) - set(declared.terms)
    assert (Item.TERMS in lacking(demand, declared, SURE, NOW)) == bool(missing)


def test_former_version_of_terms_is_not_the_one_in_force():
    demand = Demand(terms=(TERMS[2],))
    assert lacking(demand, replace(WHOLE, terms=(TERMS[1],)), SURE, NOW) == {Item.TERMS}


def test_purpose_that_is_no_longer_in_the_list_lacks():
    demand = Demand(wants_purpose=True, purposes=("science",))
    assert lacking(demand, WHOLE, SURE, NOW) == {Item.PURPOSE}


@given(levels, demands, st.none() | declarations)
def test_nobody_sees_more_than_roles_and_declaration_each_allow(role_level, demand, declared):
    ceiling = phi_ceiling(role_level, demand, declared)
    if demand.requires_phi_roles:
        assert ceiling <= role_level
    if demand.wants_phi_level:
        assert ceiling <= (declared.phi_level or 0 if declared else 0)
    if not (demand.requires_phi_roles or demand.wants_phi_level):
        assert ceiling is PhiLevel.RESTRICTED


@given(levels, levels, demands, declarations)
def test_higher_role_or_declaration_never_shows_less(lower, higher, demand, declared):
    lower, higher = sorted((lower, higher))
    assert phi_ceiling(lower, demand, declared) <= phi_ceiling(higher, demand, declared)
    low, high = replace(declared, phi_level=lower), replace(declared, phi_level=higher)
    assert phi_ceiling(higher, demand, low) <= phi_ceiling(higher, demand, high)


@given(declarations)
def test_context_has_what_was_declared_and_which_declaration_it_was(declared):
    context = declared.context(NOTHING_DECLARED)
    assert (context.purpose, context.terms, context.declaration) == (declared.purpose, declared.terms, declared.number)
