"""Marks of tables: who set them, what an unmarked column counts as, and who may not lower them."""

import pytest

from keyhouse.core.phi import PhiLevel
from tests.site import OPERATOR

LIMITED, FULL, RESTRICTED, NONE = PhiLevel.LIMITED, PhiLevel.FULL, PhiLevel.RESTRICTED, PhiLevel.NOT_PHI


@pytest.fixture
def home(site):
    from keyhouse.authz.folders import find

    return find("/home")


def test_marks_are_read_back_in_any_letter_case(site, home):
    site.table_marks.set_table(home, "Trial", "Patients", {"Ssn": RESTRICTED}, "PatientId", OPERATOR)
    marked = site.table_marks.read(home).of("trial", "PATIENTS")
    assert marked.participant_column == "PatientId"
    assert marked.level_of("SSN") is RESTRICTED and marked.level_of("Name") is NONE


def test_of_marks_that_differ_in_letter_case_the_highest_counts(site, home):
    site.table_marks.set_table(home, "trial", "t", {"a": LIMITED, "A": FULL}, "", OPERATOR)
    assert site.table_marks.read(home).of("trial", "t").level_of("a") is FULL


def test_an_unmarked_column_counts_as_the_source_says(site, home):
    site.table_marks.set_default(home, "trial", FULL, OPERATOR)
    site.table_marks.set_table(home, "trial", "t", {"open": NONE}, "", OPERATOR)
    marks = site.table_marks.read(home)
    assert marks.of("trial", "t").level_of("open") is NONE
    assert marks.of("trial", "t").level_of("other") is FULL
    assert marks.of("TRIAL", "never marked").level_of("x") is FULL
    assert marks.of("other", "t").level_of("x") is NONE


def test_marks_of_one_folder_are_not_those_of_another(site, home):
    from keyhouse.authz.folders import root

    site.table_marks.set_table(home, "trial", "t", {"a": FULL}, "", OPERATOR)
    assert site.table_marks.read(root()).of("trial", "t").level_of("a") is NONE


def test_a_change_of_marks_is_in_the_audit_log_and_no_change_is_not(site, home):
    from keyhouse.audit.models import AuditEvent

    assert site.table_marks.set_table(home, "trial", "t", {"a": FULL}, "", OPERATOR)
    assert not site.table_marks.set_table(home, "trial", "t", {"a": FULL}, "", OPERATOR)
    (event,) = AuditEvent.objects.filter(kind="marks changed")
    assert event.details["old"]["levels"] == {} and event.details["new"]["levels"] == {"a": "PHI"}
    assert (event.folder, event.schema, event.query) == ("/home", "trial", "t")


@pytest.mark.parametrize("new", [{}, {"a": NONE}, {"a": FULL}])
def test_who_may_not_see_a_column_may_not_lower_its_level(site, home, new):
    from keyhouse.compliance.marks import MarksError

    site.table_marks.set_table(home, "trial", "t", {"a": RESTRICTED}, "", OPERATOR)
    with pytest.raises(MarksError, match="may not lower it"):
        site.table_marks.set_table(home, "trial", "t", new, "", OPERATOR, may_see=FULL)
    assert site.table_marks.read(home).of("trial", "t").level_of("a") is RESTRICTED


def test_who_may_not_see_a_column_may_raise_its_level_and_that_of_others(site, home):
    site.table_marks.set_table(home, "trial", "t", {"a": FULL, "b": NONE}, "", OPERATOR)
    site.table_marks.set_table(home, "trial", "t", {"a": RESTRICTED, "b": FULL}, "", OPERATOR, may_see=NONE)
    assert site.table_marks.read(home).of("trial", "t").level_of("b") is FULL


def test_who_may_not_see_unmarked_columns_may_not_open_them(site, home):
    from keyhouse.compliance.marks import MarksError

    site.table_marks.set_default(home, "trial", RESTRICTED, OPERATOR)
    with pytest.raises(MarksError, match="without a mark"):
        site.table_marks.set_default(home, "trial", NONE, OPERATOR, may_see=LIMITED)
    with pytest.raises(MarksError, match="'a'"):
        site.table_marks.set_table(home, "trial", "t", {"a": NONE}, "", OPERATOR, may_see=LIMITED)


def test_a_level_that_this_version_does_not_know_is_the_most_guarded_one(site, home):
    from keyhouse.compliance.models import TableMarks

    site.table_marks.set_table(home, "trial", "t", {"a": LIMITED}, "", OPERATOR)
    TableMarks.objects.update(levels={"a": "Genomic"})
    assert site.table_marks.read(home).of("trial", "t").level_of("a") is RESTRICTED


def test_all_marks_of_a_folder_are_one_read(site, home):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    site.table_marks.set_table(home, "trial", "t", {"a": LIMITED}, "", OPERATOR)
    site.table_marks.set_default(home, "other", LIMITED, OPERATOR)
    with CaptureQueriesContext(connection) as asked:
        site.table_marks.read(home)
    assert len(asked) == 1
