"""How identifying the columns of an answer were, as the audit log tells it."""

from tests.compliance.trial import agree, read
from tests.site import OPERATOR


def told():
    """Return the level in the latest row about a reading."""
    from keyhouse.audit.models import AuditEvent

    return AuditEvent.objects.filter(kind="data read").latest("sequence").details["phiOfColumns"]


def test_a_blank_column_tells_nothing_and_is_no_access_beyond_the_declaration(site, browser, study):
    from dataclasses import replace

    from keyhouse.core.phi import PhiColumns, PhiLevel

    site.demands.change(study, replace(site.demands.own(study), phi_columns=PhiColumns.BLANK), OPERATOR)
    agree(browser, phi_level=PhiLevel.NOT_PHI)
    rows = read(browser, **{"query.columns": "Id,Ssn"})
    assert {row["Ssn"] for row in rows} == {None}
    assert told() == "NotPHI"


def test_a_union_counts_as_the_branches_that_are_seen(site, browser, study):
    from dataclasses import replace

    from keyhouse.core.phi import PhiColumns, PhiLevel

    site.demands.change(study, replace(site.demands.own(study), phi_columns=PhiColumns.BLANK), OPERATOR)
    agree(browser, phi_level=PhiLevel.NOT_PHI)
    sql = "SELECT Who AS Told FROM visits UNION SELECT Ssn AS Told FROM visits"
    answer = browser.post("/study/query-executeSql.api", json={"schemaName": "trial", "sql": sql})
    assert answer.status == 200 and "canary" not in answer.text
    assert told() == "NotPHI"


def test_a_search_through_all_columns_counts_as_reading_them(browser):
    rows = read(browser, **{"query.columns": "Id", "query.*~q": "canary-3"})
    assert [set(row) & {"Id", "Ssn"} for row in rows][:1] == [{"Id"}]
    assert told() == "Limited"


def test_an_expression_over_all_columns_counts_as_reading_them(browser):
    read(browser, **{"query.columns": "Id", "query.*~where": "Ssn = 'canary-3'"})
    assert told() == "Limited"
