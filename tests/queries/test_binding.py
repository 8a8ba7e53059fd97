"""What belongs to a session: to a browser's, a key's or a password's, and to no guest's."""

from datetime import timedelta

import pytest
from tests.site import OPERATOR

from keyhouse.core.caller import Caller
from keyhouse.core.decision import API_KEY, BROWSER_SESSION, OPENED_SESSION, PASSWORD, SESSION_KEY, Via
from keyhouse.core.principal import GUEST, Principal

ANA = Principal(7, "ana@example.org", "Ana")


def names(*vias):
    from keyhouse.queries.binding import binding_of

    return {binding_of(Caller(ANA, via)).name for via in vias}


def test_session_key_and_cookie_share_the_session_of_the_browser(site):
    assert len(names(Via(BROWSER_SESSION, session_id="s1"), Via(SESSION_KEY, key_id="k", session_id="s1"))) == 1


def test_key_and_the_cookie_that_it_opened_share_a_session_and_other_keys_do_not(site):
    assert len(names(Via(API_KEY, key_id="k1"), Via(OPENED_SESSION, key_id="k1"))) == 1
    assert len(names(Via(API_KEY, key_id="k1"), Via(API_KEY, key_id="k2"), Via(PASSWORD))) == 3


def test_guest_has_no_session(site):
    from keyhouse.queries.binding import binding_of

    assert binding_of(Caller(GUEST)) is None


@pytest.fixture
def place(site, analyst):
    """A caller with a key, and a folder."""
    from keyhouse.authz import folders

    principal = Principal(analyst.id, analyst.email, "")
    return folders.find("/home"), Caller(principal, Via(API_KEY, key_id="k1"))


def test_what_a_key_keeps_for_its_session_ends_after_twelve_hours(site, place):
    from keyhouse.queries.saved import SavedQueries

    folder, caller = place
    row = site.saved_queries.save_in_session(folder, "core", "SELECT 1", caller)
    later = SavedQueries(site.recorder, lambda: site.clock() + timedelta(hours=12, seconds=1))
    assert site.saved_queries.find(folder, "core", row.name, caller).id == row.id
    assert later.find(folder, "core", row.name, caller) is None


def test_session_keeps_its_newest_statements_alone(site, place, monkeypatch):
    from keyhouse.queries import saved
    from keyhouse.queries.models import SavedQuery

    folder, caller = place
    monkeypatch.setattr(saved, "MOST_IN_SESSION", 3)
    names = [site.saved_queries.save_in_session(folder, "core", "SELECT 1", caller).name for _ in range(5)]
    assert len(set(names)) == 5
    assert list(SavedQuery.objects.order_by("id").values_list("name", flat=True)) == names[2:]


def test_guest_keeps_nothing(site, place):
    assert site.saved_queries.save_in_session(place[0], "core", "SELECT 1", Caller(GUEST)) is None


def test_deleted_folder_and_user_take_their_views_along(site, analyst):
    from keyhouse.queries.definition import read
    from keyhouse.queries.models import CustomView
    from keyhouse.queries.names import Subject

    folder = site.folders.add("/home/short", OPERATOR)
    caller = Caller(Principal(analyst.id, analyst.email, ""))
    said = read({"columns": ["a"]})
    site.custom_views.save(Subject(folder, "core", "Users"), "One", said, caller)
    site.custom_views.save(Subject(folder.parent, "core", "Users"), "Two", said, caller)
    folder.delete()
    assert list(CustomView.objects.values_list("name", flat=True)) == ["Two"]
    analyst.delete()
    assert not CustomView.objects.exists()
