"""What folders demand: it adds up downwards, and each change is checked and in the log."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.site import OPERATOR


@pytest.fixture
def demand(site):
    """Let a folder demand something."""
    from keyhouse.authz import folders
    from keyhouse.declarations.demands import OwnDemand

    def let(path, **wanted):
        return site.demands.change(folders.find(path), OwnDemand(**wanted), OPERATOR)

    return let


@pytest.fixture
def in_force(site):
    """What is demanded in a folder, with all above it."""
    from keyhouse.authz import folders
    from keyhouse.declarations.fetch import Everywhere, demanded_in

    def asked(path):
        found = demanded_in(folders.find(path))
        assert Everywhere().demanded_in(folders.find(path)) == found
        return found

    return asked


def test_folder_demands_what_all_above_it_do_and_what_it_does(site, demand, in_force):
    site.folders.add("/home/a", OPERATOR)
    site.folders.add("/home/a/b", OPERATOR)
    demand("/", wants_purpose=True, lapse_days=30)
    demand("/home/a", wants_signature=True, meaning="I mean it", lapse_days=60)
    found = in_force("/home/a/b").demand
    assert (found.wants_purpose, found.wants_signature, found.wants_irb_number) == (True, True, False)
    assert found.lapses_after == timedelta(days=30)
    assert not in_force("/home").demand.wants_signature


def test_declarations_belong_to_the_nearest_folder_that_demands_one_itself(site, demand, in_force):
    from keyhouse.authz import folders

    for path in ("/home/a", "/home/a/b"):
        site.folders.add(path, OPERATOR)
    demand("/home", wants_purpose=True)
    demand("/home/a", requires_phi_roles=True, phi_columns="blank")
    home = folders.find("/home")
    assert in_force("/home/a/b").scope_id == home.id
    demand("/home/a", wants_phi_level=True)
    assert in_force("/home/a/b").scope_id == folders.find("/home/a").id


def test_list_of_purposes_only_becomes_shorter_on_the_way_down(site, demand, in_force):
    from keyhouse.declarations.demands import DemandError

    site.folders.add("/home/a", OPERATOR)
    demand("/home", wants_purpose=True, purposes=("care", "science"))
    with pytest.raises(DemandError, match="'sales' is not in the list"):
        demand("/home/a", wants_purpose=True, purposes=("care", "sales"))
    demand("/home/a", wants_purpose=True, purposes=("care",))
    assert in_force("/home/a").demand.purposes == ("care",)
    demand("/home", wants_purpose=True, purposes=("science",))
    assert in_force("/home/a").demand.purposes == ("science",), "nothing is left in common: the list above holds"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"wants_irb_number": True, "irb_pattern": "(", "irb_hint": "x"}, "cannot be read"),
        ({"wants_irb_number": True, "irb_pattern": "a"}, "hint"),
        ({"irb_pattern": "a", "irb_hint": "x"}, "none is demanded"),
        ({"wants_irb_number": True, "irb_pattern": "a\x1b", "irb_hint": "x"}, "cannot be shown"),
        ({"wants_irb_number": True, "irb_pattern": "a" * 201, "irb_hint": "x"}, "200 characters"),
        ({"purposes": ("care",)}, "no purpose is demanded"),
        ({"wants_purpose": True, "purposes": tuple(map(str, range(101)))}, "100 lines"),
        ({"wants_purpose": True, "purposes": ("a\x1bb",)}, "cannot be shown"),
        ({"wants_signature": True, "meaning": "x" * 2001}, "2000 characters"),
        ({"lapse_days": 0}, "1 to"),
    ],
)
def test_what_cannot_be_demanded_is_refused_with_a_reason(demand, wanted, text):
    from keyhouse.declarations.demands import DemandError

    with pytest.raises(DemandError, match=text):
        demand("/home", **wanted)


def test_change_is_in_the_log_with_old_and_new_and_no_change_is_not(site, demand):
    from keyhouse.audit.models import AuditEvent

    assert demand("/home", wants_purpose=True, purposes=(" care ", "care"))
    assert demand("/home", wants_purpose=True, purposes=("care",)) == {}
    event = AuditEvent.objects.get(kind="demand changed")
    assert event.details == {
        "old": {"wants_purpose": False, "purposes": []},
        "new": {"wants_purpose": True, "purposes": ["care"]},
    }
    assert event.folder == "/home"


def test_what_was_written_reads_the_same(site, demand):
    from keyhouse.authz import folders
    from keyhouse.declarations.demands import OwnDemand

    home = folders.find("/home")
    wanted = OwnDemand(True, ("a",), True, "x+", "one x", True, True, "I\nmean", True, None, 5)
    site.demands.change(home, wanted, OPERATOR)
    assert site.demands.own(home) == wanted
    site.demands.change(home, OwnDemand(), OPERATOR)
    assert site.demands.own(home) == OwnDemand() == replace(OwnDemand())


def test_every_term_of_the_ontology_is_a_purpose_that_can_be_listed(demand):
    from keyhouse.declarations import duo

    terms = duo.PERMISSIONS + duo.MODIFIERS
    assert len({each.code for each in terms}) == len({each.shorthand for each in terms}) == 23
    assert duo.find("gru") is duo.find("DUO:0000042")
    assert demand("/home", wants_purpose=True, purposes=tuple(each.purpose for each in terms))


def test_folder_where_nothing_is_demanded_costs_one_statement(site, django_statements):
    from keyhouse.authz import folders
    from keyhouse.core.decision import Allowed
    from keyhouse.core.principal import GUEST
    from keyhouse.declarations.standing import Standings, standing_in

    home = folders.find("/home")
    with django_statements() as asked:
        assert standing_in(home, Allowed(GUEST), site.clock()).is_complete
    assert len(asked) == 1
    everywhere = [home, folders.find("/Shared"), folders.root()]
    with django_statements() as asked:
        standings = Standings(Allowed(GUEST), site.clock())
        assert all(standings.standing_in(folder).is_complete for folder in everywhere)
    assert len(asked) == 1
