"""The compliance pages: four questions, each with its export, and charts that need no script."""

import csv
import io
import json

import pytest

from tests.compliance.trial import agree, browser, read, study
from tests.console.pages import Controls, sign_in, words
from tests.site import OPERATOR, Client, set_site

__all__ = ["browser", "study"]
OVERVIEW, WHO_SAW, SEEN_BY = "/audit-compliance.view", "/audit-whoSaw.view", "/audit-seenBy.view"
DECLARED, WITHIN = "/audit-declared.view", "/audit-within.view"
ALL = (OVERVIEW, WHO_SAW, SEEN_BY, DECLARED, WITHIN)


@pytest.fixture
def officer(front, site, browser):
    """A Troubleshooter at a browser; the analyst has read three participants."""
    from keyhouse.core.permissions import Role

    user = site.users.add("officer@example.org", OPERATOR, "correct horse battery")
    from keyhouse.authz import folders

    site.assignments.assign(Role.TROUBLESHOOTER, user, user.email, folders.root(), OPERATOR)
    read(browser, **{"query.Id~lte": 3, "query.maxRows": 10})
    client = Client(front)
    sign_in(client, user.email)
    return client


@pytest.mark.parametrize("path", ALL)
def test_only_who_may_read_the_audit_log_sees_the_reports(browser, path):
    assert browser.get(path, participant="P1", person="x").status == 403


def test_overview_has_charts_whose_numbers_stand_in_tables(officer):
    answer = officer.get(OVERVIEW)
    assert answer.status == 200
    page = Controls(answer.text)
    assert len(page.all("svg")) >= 4 and "<script" not in answer.text.split("</head>")[1].split('class="charts"')[1]
    for said in ("Accesses a day", "Refusals a day", "To learn 1", "Limited PHI 1"):
        assert said in words(answer)


def test_each_question_is_answered_on_its_page(officer, analyst):
    text = words(officer.get(WHO_SAW))
    assert "Which participant?" in text and text.count("Who saw this participant's data?") >= 2
    assert analyst.email in words(officer.get(WHO_SAW, participant="P2"))
    assert "Nothing found" in words(officer.get(WHO_SAW, participant="P6"))
    assert "P1 trial.visits 1" in words(officer.get(SEEN_BY, person=analyst.email))
    assert "To learn" in words(officer.get(DECLARED))
    assert "All 1 accesses were within the declaration." in words(officer.get(WITHIN))


def test_deviation_is_on_the_page_with_its_reason(officer, site):
    from keyhouse.audit import Event, Kind

    site.recorder.record(Event(Kind.DATA_READ, OPERATOR, folder="/study", details={"declaration": 99, "rows": 1}))
    text = words(officer.get(WITHIN))
    assert "1 of 2 accesses were not within the declaration." in text
    assert "declaration 99 is not in the log" in text


def test_exports_have_the_lines_of_the_page(officer, analyst):
    rows = list(
        csv.DictReader(io.StringIO(officer.get(WHO_SAW, participant="P2", format="csv").body.decode("utf-8-sig")))
    )
    assert [(row["Person"], row["Rows"], row["Saw"]) for row in rows] == [(analyst.email, "3", "yes")]
    answer = officer.get(SEEN_BY, person=analyst.email, format="jsonl")
    assert [json.loads(line)["participant"] for line in answer.text.splitlines()] == ["P1", "P2", "P3"]
    assert answer.header("Cache-Control") == "no-store"
    assert len(officer.get(DECLARED, format="jsonl").text.splitlines()) == 1
    assert officer.get(WITHIN, format="jsonl").text == ""


def test_formula_that_was_declared_does_not_run_in_a_spreadsheet(officer, browser, site, study):
    from keyhouse.declarations.demands import OwnDemand

    site.demands.change(study, OwnDemand(wants_purpose=True, wants_phi_level=True), OPERATOR)
    agree(browser, purpose="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in officer.get(DECLARED, format="csv").text


@pytest.mark.parametrize("form", ["", "csv"])
def test_looking_at_a_report_is_in_the_log(officer, site, form):
    from keyhouse.audit.models import AuditEvent

    set_site(site, participantsInLog="digests")
    officer.get(WHO_SAW, participant="P2", folder="/study", **({"format": form} if form else {}))
    event = AuditEvent.objects.filter(kind="audit read").latest("sequence")
    assert event.user == "officer@example.org"
    assert event.details["report"]["folder"] == "/study"
    assert event.details["report"]["participant"] in site.participants.searched("P2")
    assert "P2" not in str(event.details)


@pytest.mark.parametrize("path", ALL)
def test_day_that_is_none_is_named_beside_its_field(officer, path):
    answer = officer.get(path, after="1/7/2026", participant="P1", person="x")
    assert answer.status == 400
    assert "write it as 2026-07-01" in words(answer)


def test_long_answer_leads_on_to_its_next_page(officer, browser, monkeypatch):
    from keyhouse.console import compliance

    monkeypatch.setattr(compliance, "PAGE", 1)
    read(browser, **{"query.Id~eq": 2, "query.maxRows": 10})
    page = Controls(officer.get(WHO_SAW, participant="P2").text)
    [following] = [each["href"] for each in page.all("a") if each.get("rel") == "next"]
    assert officer.get(following.removeprefix("/labkey")).status == 200
