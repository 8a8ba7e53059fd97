"""The four questions of a compliance officer, and that their answers are what was served."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.compliance.trial import agree, read
from tests.site import OPERATOR, Client, issue


def narrow(**how):
    from keyhouse.compliance.narrowing import Narrowed

    return Narrowed(**how)


def whom(client, participant, **how):
    from keyhouse.compliance.who_saw import who_saw

    names = client.front._site.participants.searched(participant)
    return who_saw(names, how.pop("narrowed", narrow()), how.pop("most", 100), **how)


def test_who_saw_names_each_access_with_its_context(browser, analyst):
    read(browser, **{"query.Id~eq": 3, "query.columns": "Weight,Ssn", "query.maxRows": 10})
    read(browser, **{"query.Id~eq": 4})
    [line] = whom(browser, "P3").lines
    assert (line["person"], line["data"], line["folder"]) == (analyst.email, "trial.visits", "/study")
    assert (line["saw"], line["rows"], line["columns"]) == ("yes", 1, ("Weight", "Ssn"))
    assert (line["purpose"], line["phi_level"], line["phi_of_columns"]) == ("To learn", "Limited PHI", "Limited PHI")
    assert line["terms"] == ("/study version 1",)
    assert whom(browser, "P99").lines == ()


def test_statement_is_told_as_possible(browser):
    sql = {"schemaName": "trial", "sql": "SELECT avg(Weight) AS w FROM visits"}
    assert browser.post("/study/query-executeSql.api", json=sql).status == 200
    [line] = whom(browser, "P3").lines
    assert (line["saw"], line["tables"]) == ("possibly", ("trial.visits",))
    assert whom(browser, "P3", has_possible=False).lines == ()


def test_pages_have_every_access_once_and_the_latest_first(browser):
    for _ in range(5):
        read(browser, **{"query.Id~eq": 3})
    first = whom(browser, "P3", most=2)
    second = whom(browser, "P3", most=2, after=first.after)
    third = whom(browser, "P3", most=2, after=second.after)
    events = [line["event"] for page in (first, second, third) for line in page.lines]
    assert len(set(events)) == 5 and events == sorted(events, reverse=True)
    assert third.after == ""


def test_filters_narrow_by_time_person_and_folder(browser, analyst, site):
    read(browser, **{"query.Id~eq": 3})
    now = site.clock()
    fits = [
        narrow(person=analyst.email.upper(), folder="/Study/", since=now - timedelta(hours=1)),
        narrow(until=now + timedelta(hours=1)),
    ]
    misses = [
        *(narrow(person="x@example.org"), narrow(folder="/stud"), narrow(folder="/home")),
        *(narrow(since=now + timedelta(hours=1)), narrow(until=now - timedelta(hours=1))),
    ]
    assert all(len(whom(browser, "P3", narrowed=each).lines) == 1 for each in fits)
    assert all(len(whom(browser, "P3", narrowed=each).lines) == 0 for each in misses)
    from keyhouse.compliance.seen_by import seen_by

    found = [len(seen_by(replace(each, person=analyst.email), 100).lines) for each in fits]
    assert found == [1, 1]
    assert all(not seen_by(replace(each, person=each.person or analyst.email), 100).lines for each in misses)


def test_a_person_is_found_by_number_and_by_an_address_of_today(browser, analyst, site):
    from keyhouse.accounts.models import User

    read(browser, **{"query.Id~eq": 3})
    User.objects.filter(id=analyst.id).update(email="new@example.org")
    for person in (analyst.email, "new@example.org", str(analyst.id)):
        assert len(whom(browser, "P3", narrowed=narrow(person=person)).lines) == 1, person


def test_seen_by_lists_the_participants_of_a_person_and_what_cannot_be_told(browser, analyst):
    from keyhouse.compliance.seen_by import all_seen_by, possibly_seen_by, seen_by

    read(browser, **{"query.Id~lte": 3})
    read(browser, **{"query.Id~eq": 3})
    browser.get(
        "/study/query-selectDistinct.api",
        **{"schemaName": "trial", "query.queryName": "visits", "query.columns": "Weight"},
    )
    mine = narrow(person=analyst.email)
    page = seen_by(mine, 2)
    assert [(line["participant"], line["accesses"]) for line in page.lines] == [("P1", 1), ("P2", 1)]
    [last] = seen_by(mine, 2, page.after).lines
    assert (last["participant"], last["accesses"], last["tables"]) == ("P3", 2, ("trial.visits",))
    assert len(list(all_seen_by(mine))) == 3
    assert [(each["table"], each["accesses"]) for each in possibly_seen_by(mine)] == [("trial.visits", 1)]


def test_who_is_impersonated_does_not_hide_who_saw(browser, site, admin, analyst):
    from keyhouse.audit import Event, Kind
    from keyhouse.compliance.seen_by import seen_by
    from keyhouse.core.caller import Caller
    from keyhouse.core.context import DeclaredContext
    from keyhouse.core.impersonation import Guise, Impersonation
    from keyhouse.core.principal import Principal

    behind = Impersonation(Principal(admin.id, admin.email, "admin"), Guise.USER, analyst.email, analyst.id)
    caller = Caller(Principal(analyst.id, analyst.email, "analyst"), context=DeclaredContext(impersonation=behind))
    site.recorder.record(Event(Kind.DATA_READ, caller, details={"participants": {"t.v": ["P1"]}}))
    [line] = whom(browser, "P1").lines
    assert (line["person"], line["acting_as"]) == (admin.email, f"user: {analyst.email}")
    assert seen_by(narrow(person=admin.email), 10).lines and not seen_by(narrow(person=analyst.email), 10).lines


def test_declared_lists_what_each_person_declared(browser, analyst):
    from keyhouse.compliance.declared import all_declared, declared

    agree(browser, purpose="To heal")
    page = declared(narrow(person=analyst.email), 1)
    assert [line["purpose"] for line in page.lines] == ["To heal"]
    assert [line["purpose"] for line in declared(narrow(), 1, page.after).lines] == ["To learn"]
    assert len(list(all_declared(narrow(folder="/study")))) == 2


def checked(**how):
    from keyhouse.compliance.within import within

    return within(narrow(**how))


def test_sound_accesses_have_no_deviation(browser, site, study, analyst):
    from keyhouse.declarations.demands import OwnDemand

    read(browser)
    agree(browser, purpose="To heal")
    read(browser)
    key = issue(site, analyst)
    agree(browser, key_ids=[key.split("_")[1]])
    asked = {"schemaName": "trial", "query.queryName": "visits"}
    program = Client(browser.front, keeps_cookies=False)
    assert program.get("/study/query-selectRows.api", {"apikey": key}, **asked).status == 200
    site.demands.change(study, OwnDemand(wants_irb_number=True), OPERATOR)
    found = checked()
    assert (found.accesses, found.with_declaration, found.deviations) == (3, 3, [])


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ({"declaration": 99}, "declaration 99 is not in the log"),
        ({"purpose": "To sell"}, "does not say what declaration"),
        ({"phiOfColumns": "Restricted"}, "columns of Restricted PHI were served, Limited PHI was declared"),
        ({"declaration": None}, "no purpose had been declared"),
        ({"terms": []}, "does not say what declaration"),
    ],
)
def test_access_outside_its_declaration_is_listed_with_the_reason(browser, site, forged, why):
    from keyhouse.audit import Event, Kind
    from keyhouse.audit.models import AuditEvent
    from keyhouse.core.caller import Caller
    from keyhouse.core.decision import Via

    read(browser)
    line = AuditEvent.objects.filter(kind="data read").latest("sequence")
    caller = Caller(via=Via(line.via, session_id=line.session_id))
    site.recorder._clock = lambda clock=site.clock: clock() + timedelta(hours=1)
    site.recorder.record(Event(Kind.DATA_READ, caller, folder="/study", details={**line.details, **forged}))
    [deviation] = checked().deviations
    assert why in " / ".join(deviation["why"])


@pytest.mark.parametrize("what", ["newer declaration", "newer terms", "another session", "lapsed key"])
def test_declaration_that_was_no_longer_good_is_a_deviation(browser, site, study, analyst, what):
    from keyhouse.audit import Event, Kind
    from keyhouse.audit.models import AuditEvent
    from keyhouse.core.caller import Caller
    from keyhouse.core.decision import Via
    from keyhouse.declarations.demands import OwnDemand

    key = issue(site, analyst).split("_")[1]
    if what == "lapsed key":
        site.demands.change(study, OwnDemand(wants_purpose=True, wants_phi_level=True, lapse_days=1), OPERATOR)
        agree(browser, key_ids=[key])
    read(browser)
    line = AuditEvent.objects.filter(kind="data read").latest("sequence")
    if what == "newer declaration":
        agree(browser)
    if what == "newer terms":
        site.terms.write(study, "Be better.", 1, OPERATOR)
    details = line.details
    if what == "lapsed key":
        made = AuditEvent.objects.filter(kind="declaration made").latest("sequence")
        names = ("purpose", "phiLevel", "terms", "declaration")
        details = details | {name: made.details[name] for name in names}
    via = Via(line.via, session_id="another" if what == "another session" else line.session_id)
    via = Via("an API key", key_id=key) if what == "lapsed key" else via
    site.recorder._clock = lambda clock=site.clock: clock() + timedelta(days=2)
    site.recorder.record(Event(Kind.DATA_READ, Caller(via=via), folder="/study", details=details))
    [deviation] = checked().deviations
    words = {
        "newer declaration": "taken its place",
        "newer terms": "terms of use",
        "another session": "another session",
    }
    assert words.get(what, "had lapsed") in " / ".join(deviation["why"])


def test_request_that_was_under_way_when_things_changed_is_no_deviation(browser, site, study):
    from keyhouse.audit import Event, Kind
    from keyhouse.audit.models import AuditEvent
    from keyhouse.core.caller import Caller
    from keyhouse.core.decision import Via

    read(browser)
    line = AuditEvent.objects.filter(kind="data read").latest("sequence")
    site.terms.write(study, "Be better.", 1, OPERATOR)
    agree(browser)
    caller = Caller(via=Via(line.via, session_id=line.session_id))
    site.recorder.record(Event(Kind.DATA_READ, caller, folder="/study", details=line.details))
    assert checked().deviations == []


def test_checking_stops_at_the_number_it_was_given(browser):
    from keyhouse.compliance.within import within

    for _ in range(3):
        read(browser)
    found = within(narrow(), most=2)
    assert (found.accesses, found.is_cut) == (2, True)
    assert within(narrow(person="x@example.org")).accesses == 0


@pytest.mark.parametrize("mode", ["ids", "digests"])
def test_participants_whose_ids_the_log_cannot_keep_are_found_and_told_apart(site, mode):
    import hashlib

    from keyhouse.audit import Event, Kind
    from keyhouse.compliance.narrowing import Narrowed
    from keyhouse.compliance.who_saw import who_saw

    names = site.participants
    hashed = [hashlib.sha256(bytes([each])).hexdigest() for each in range(2)]
    told = [*hashed, "x" * 201, "x" * 202, "P\0", "P\ufffd"]
    for each in told:
        written = {"participants": {"t.v": names.written([each], mode)}}
        site.recorder.record(Event(Kind.DATA_READ, OPERATOR, repr(each), details=written))
    for each in told:
        found = who_saw(names.searched(each), Narrowed(), 10)
        assert len(found.lines) == 1, each
