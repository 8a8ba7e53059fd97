"""Attack: read a column above one's PHI level through anything that reads rows or describes them.

For both behaviours of a folder: hidden columns are as if they were not there, blank ones have no values.
"""

import pytest

from tests.attacks.phi_lab import HIDDEN, ROWS, SECRETS, PhiLab, is_silent, named
from tests.site import set_site

EXPORTS = ("exportRowsTsv", "exportRowsXLSX", "exportRowsExcel")


def test_who_holds_the_role_sees_every_column(phi_lab: PhiLab) -> None:
    rows = phi_lab.doctor.values(phi_lab.doctor.rows())
    assert [row["ssn"] for row in rows] == [row[3] for row in ROWS]


def test_rows_show_no_guarded_value(phi_lab: PhiLab) -> None:
    answer = phi_lab.clerk.rows()
    rows = phi_lab.clerk.values(answer)
    assert len(rows) == 4 and is_silent(answer)
    assert named(rows) & set(HIDDEN) == (set(HIDDEN) if phi_lab.is_blank else set())
    assert {row.get(name) for row in rows for name in HIDDEN} == {None}


@pytest.mark.parametrize("name", [*HIDDEN, "SSN", "ward/chief", "ward/id"])
def test_a_column_that_is_asked_for_by_name_has_no_values(phi_lab: PhiLab, name: str) -> None:
    answer = phi_lab.clerk.rows(**{"query.columns": f"name,{name}"})
    assert is_silent(answer)
    rows = phi_lab.clerk.values(answer)
    assert {value for row in rows for key, value in row.items() if key not in {"name", "id"}} <= {None}


@pytest.mark.parametrize(
    "filtered",
    [
        ("ssn~eq", SECRETS[0]),
        ("ssn~startswith", "SECRET-0"),
        ("ssn~in", ";".join(SECRETS[:2])),
        ("dose~gt", "50"),
        ("born~dateeq", "1815-12-10"),
        ("is_carrier~eq", "true"),
        ("ward~eq", "7"),
        ("ward/chief~eq", "Nightingale"),
    ],
)
def test_no_filter_tells_rows_apart(phi_lab: PhiLab, filtered: tuple[str, str]) -> None:
    asked = {f"query.{filtered[0]}": filtered[1], "query.columns": "name"}
    answer = phi_lab.clerk.rows(**asked)
    assert is_silent(answer) and answer.status == (200 if phi_lab.is_blank else 400)
    set_site(phi_lab.site, strictFilters=False)
    rows = phi_lab.clerk.values(phi_lab.clerk.rows(**asked))
    # What is not there filters nothing, and what has no value is equal to nothing: all rows or none, never some.
    assert len(rows) == (0 if phi_lab.is_blank else 4)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_strict_filter_names_no_hidden_column(phi_lab: PhiLab, name: str) -> None:
    answer = phi_lab.clerk.rows(**{f"query.{name}~isblank": "", "strictFilters": "true"})
    if phi_lab.is_blank:
        assert answer.json["rowCount"] == 4
    else:
        assert answer.status == 400
        known = answer.json["exception"].partition("Its columns are")[2]
        assert not set(HIDDEN) & set(known.replace(",", " ").split())


def test_a_search_of_all_columns_does_not_look_into_guarded_ones(phi_lab: PhiLab) -> None:
    for text in (SECRETS[0], "SECRET", "93.25"):
        assert phi_lab.clerk.rows(**{"query.*~q": text}).json["rowCount"] == 0
    assert phi_lab.clerk.rows(**{"query.*~q": "Oslo"}).json["rowCount"] == 2


@pytest.mark.parametrize("expression", [f"ssn = '{SECRETS[0]}'", "dose > 50", "LENGTH(ssn) > 0", "ward = 7"])
def test_an_expression_of_a_filter_does_not_reach_guarded_columns(phi_lab: PhiLab, expression: str) -> None:
    answer = phi_lab.clerk.rows(**{"query.*~where": expression})
    assert answer.json["rowCount"] == 0 if phi_lab.is_blank else answer.status == 400
    assert is_silent(answer)


@pytest.mark.parametrize("name", [*HIDDEN, "-ssn", "ward/chief"])
def test_sorting_by_a_guarded_column_changes_nothing(phi_lab: PhiLab, name: str) -> None:
    sorted_so = phi_lab.clerk.rows(**{"query.columns": "name", "query.sort": name})
    assert [row["name"] for row in phi_lab.clerk.values(sorted_so)] == [row[1] for row in ROWS]


def test_rows_without_their_key_come_in_an_order_of_what_is_seen(phi_lab: PhiLab) -> None:
    rows = phi_lab.clerk.values(phi_lab.clerk.rows("vault"))
    assert [row["label"] for row in rows] == ["a last", "z first"]


def test_distinct_values_of_a_guarded_column_are_not_told(phi_lab: PhiLab) -> None:
    names = {"schemaName": "trial", "query.queryName": "patients", "query.columns": "ssn"}
    answer = phi_lab.clerk.get("/home/query-selectDistinct.api", **names)
    assert is_silent(answer)
    assert answer.json["values"] == [None] if phi_lab.is_blank else answer.status == 400


@pytest.mark.parametrize("action", EXPORTS)
def test_no_export_has_guarded_values(phi_lab: PhiLab, action: str) -> None:
    names = {"schemaName": "trial", "query.queryName": "patients", "query.columns": ",".join(("name", *HIDDEN))}
    answer = phi_lab.clerk.get(f"/home/query-{action}.view", **names)
    assert answer.status == 200
    assert is_silent(answer) and not any(text.encode() in unpacked(answer.body) for text in SECRETS)
    whole = unpacked(phi_lab.doctor.get(f"/home/query-{action}.view", **names).body)
    assert action == "exportRowsExcel" or SECRETS[0].encode() in whole, "this test can see what is in an export"


def unpacked(body: bytes) -> bytes:
    """Return a workbook's parts, or the body itself."""
    import io
    import zipfile

    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


def test_a_script_names_no_hidden_column(phi_lab: PhiLab) -> None:
    names = {"schemaName": "trial", "query.queryName": "patients", "scriptType": "r"}
    answer = phi_lab.clerk.get("/home/query-exportScript.view", **names)
    assert answer.status == 200 and ("ssn" in answer.text) is phi_lab.is_blank


@pytest.mark.parametrize("version", ["8.3", "9.1", "13.2", "17.1"])
def test_metadata_says_that_a_column_is_protected_or_nothing_at_all(phi_lab: PhiLab, version: str) -> None:
    answer = phi_lab.clerk.rows(apiVersion=version)
    assert is_silent(answer)
    fields = {field["name"]: field for field in answer.json["metaData"]["fields"]}
    if phi_lab.is_blank:
        assert (fields["ssn"]["phi"], fields["ssn"]["phiProtected"]) == ("Restricted", True)
        assert (fields["name"]["phi"], fields["name"]["phiProtected"]) == ("NotPHI", False)
    else:
        assert not set(HIDDEN) & set(fields)


def test_details_and_lists_of_queries_name_no_hidden_column(phi_lab: PhiLab) -> None:
    names = {"schemaName": "trial", "query.queryName": "patients", "fields": "ssn,ward/chief"}
    details = phi_lab.clerk.get("/home/query-getQueryDetails.api", **names)
    queries = phi_lab.clerk.get("/home/query-getQueries.api", schemaName="trial", queryDetailColumns="true")
    through = phi_lab.clerk.get(
        "/home/query-getQueryDetails.api", **{**names, "query.queryName": "visits", "fk": "patient"}
    )
    for answer in (details, queries, through):
        assert answer.status == 200 and is_silent(answer)
        assert any(f'"{name}"' in answer.text for name in HIDDEN) is phi_lab.is_blank


def test_a_key_that_is_guarded_is_no_key(phi_lab: PhiLab) -> None:
    answer = phi_lab.clerk.get("/home/query-getQueryDetails.api", schemaName="trial", **{"query.queryName": "vault"})
    assert answer.json["indices"] == {} and is_silent(answer)
    assert not any(column["keyField"] for column in answer.json["columns"])


def test_the_design_of_a_list_names_no_hidden_field_but_to_its_designers(phi_lab: PhiLab) -> None:
    names = {"schemaName": "lists", "queryName": "Notes"}
    for action in ("property-getDomain", "property-getDomainDetails", "property-listDomains"):
        seen = phi_lab.clerk.get(f"/home/{action}.api", **names)
        assert seen.status == 200 and ("Diagnosis" in seen.text) is phi_lab.is_blank
        assert "Diagnosis" in phi_lab.as_("designer").get(f"/home/{action}.api", **names).text


def test_who_may_not_see_a_field_may_not_lower_its_level_nor_ask_its_values_by_a_change_of_type(
    phi_lab: PhiLab,
) -> None:
    designer = phi_lab.as_("designer")
    names = {"schemaName": "lists", "queryName": "Notes"}
    design = designer.get("/home/property-getDomain.api", **names).json
    for change in ({"PHI": "NotPHI", "phi": "NotPHI"}, {"rangeURI": "int"}, {"required": True}, {"scale": 3}):
        fields = [{**field, **(change if field["name"] == "Diagnosis" else {})} for field in design["fields"]]
        sent = {**names, "domainDesign": {**design, "fields": fields}}
        refused = designer.post("/home/property-saveDomain.api", json=sent)
        assert refused.status == 400 and "may not see" in refused.text and is_silent(refused), change
    unique = {**design, "indices": [{"columnNames": ["Diagnosis"], "unique": True}]}
    refused = designer.post("/home/property-saveDomain.api", json={**names, "domainDesign": unique})
    assert refused.status == 400 and is_silent(refused)
    kept = designer.post("/home/property-saveDomain.api", json={**names, "domainDesign": design})
    assert kept.status == 200, kept.text


def test_rows_of_a_list_show_no_guarded_field(phi_lab: PhiLab) -> None:
    answer = phi_lab.clerk.rows("Notes", "lists", **{"query.columns": "Name,Diagnosis,Key"})
    assert is_silent(answer) and answer.json["rowCount"] == 4


def test_who_sees_nothing_of_a_table_has_no_such_table(phi_lab: PhiLab) -> None:
    from keyhouse.authz.folders import find
    from keyhouse.core.phi import PhiLevel
    from tests.site import OPERATOR

    phi_lab.site.table_marks.set_default(find("/home"), "trial", PhiLevel.LIMITED, OPERATOR)
    answer = phi_lab.clerk.rows("visits")
    assert is_silent(answer) and (answer.status == 200) is phi_lab.is_blank
    listed = phi_lab.clerk.get("/home/query-getQueries.api", schemaName="trial").text
    assert ('"visits"' in listed) is phi_lab.is_blank


def test_the_pages_of_a_grid_show_no_guarded_value(phi_lab: PhiLab) -> None:
    for page in ("query-executeQuery", "query-exportScript", "project-begin"):
        names = {"schemaName": "trial", "query.queryName": "patients", "query.sort": "ssn", "scriptType": "R"}
        answer = phi_lab.clerk.get(f"/home/{page}.view", **names)
        assert answer.status == 200 and is_silent(answer), page


@pytest.mark.parametrize(
    "filtered", [("ssn", "eq", SECRETS[0]), ("ssn", "isblank", ""), ("ward/chief", "eq", "Nightingale")]
)
def test_a_view_that_filters_by_a_guarded_column_is_refused_and_not_widened(phi_lab: PhiLab, filtered) -> None:
    key, op, value = filtered
    view = {"name": "few", "shared": True, "columns": [{"fieldKey": "name"}]}
    sent = {"schemaName": "trial", "queryName": "patients"}
    view["filter"] = [{"fieldKey": key, "op": op, "value": value}]
    saved = phi_lab.doctor.post("/home/query-saveQueryViews.api", json={**sent, "views": [view]})
    assert saved.status == 200, saved.text
    for answer in (
        phi_lab.clerk.rows(**{"query.viewName": "few"}),
        phi_lab.clerk.get(
            "/home/query-exportRowsTsv.view",
            schemaName="trial",
            **{"query.queryName": "patients", "query.viewName": "few"},
        ),
        phi_lab.clerk.get(
            "/home/query-executeQuery.view",
            schemaName="trial",
            **{"query.queryName": "patients", "query.viewName": "few"},
        ),
    ):
        assert is_silent(answer) and "Ada" not in answer.text and "Bob" not in answer.text
    described = phi_lab.clerk.get("/home/query-getQueryViews.api", **sent)
    details = phi_lab.clerk.get(
        "/home/query-getQueryDetails.api", schemaName="trial", **{"query.queryName": "patients", "viewName": "*"}
    )
    assert described.status == details.status == 200 and is_silent(described) and is_silent(details)
    assert phi_lab.clerk.rows(**{"query.viewName": "few", "query.ignoreFilter": "true"}).json["rowCount"] == 4


def test_the_level_that_one_sees_is_told(phi_lab: PhiLab) -> None:
    asked = "/home/security-getMaxPhiLevel.api"
    assert phi_lab.clerk.get(asked).json == {"maxPhiLevel": "NotPHI"}
    assert phi_lab.doctor.get(asked).json == {"maxPhiLevel": "Restricted"}


def test_a_lookup_into_a_table_whose_key_is_hidden_does_not_name_it(phi_lab: PhiLab) -> None:
    named = {"schemaName": "trial", "queryName": "loans", "query.queryName": "loans"}
    told = {who: phi_lab.as_(who).get("/home/query-getQueryDetails.api", **named) for who in ("clerk", "doctor")}
    assert '"keyColumn": "code"' in told["doctor"].text
    rows = phi_lab.clerk.get("/home/query-selectRows.api", **named)
    assert all(("code" in answer.text) is phi_lab.is_blank for answer in (told["clerk"], rows))
