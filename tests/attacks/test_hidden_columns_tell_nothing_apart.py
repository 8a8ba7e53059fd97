"""Attack: any question at all. Two databases that differ in guarded columns alone give the same bytes.

Questions are made up: columns, filters, sorts and LabKey SQL over guarded and open columns, some with LIMIT and without
ORDER BY, since the order in which a database finds rows may be that of an index over a guarded column.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks.phi_lab import HIDDEN, ROWS, PhiLab

OPEN = ("id", "name", "city")
COLUMNS = st.sampled_from([*OPEN, *HIDDEN, "ward/chief", "SSN", "nothing"])
OPERATORS = st.sampled_from(
    ["eq", "neq", "gt", "lt", "isblank", "isnonblank", "startswith", "contains", "in", "dategt"]
)
OPERANDS = st.sampled_from(["SECRET-0451", "50", "7", "true", "1900-01-01", "Oslo", "S", ""])
SQL_COLUMNS = st.sampled_from([*OPEN, *HIDDEN, "p.ward.chief"])
LITERALS = st.sampled_from(["'SECRET-0451'", "50", "7", "TRUE", "'Oslo'", "NULL"])
COMPARED = st.builds("{} {} {}".format, SQL_COLUMNS, st.sampled_from(["=", "<>", ">", "<", "LIKE"]), LITERALS)
CONDITIONS = st.recursive(
    COMPARED | st.builds("{} IS NULL".format, SQL_COLUMNS),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner)
        | st.builds("NOT ({})".format, inner)
    ),
    max_leaves=3,
)
EXPRESSIONS = SQL_COLUMNS | st.builds("CASE WHEN {} THEN {} ELSE {} END".format, CONDITIONS, SQL_COLUMNS, SQL_COLUMNS)
AGGREGATES = st.builds("{}({})".format, st.sampled_from(["MAX", "MIN", "COUNT", "SUM", "GROUP_CONCAT"]), EXPRESSIONS)
TAILS = st.sampled_from(["", " LIMIT 1", " LIMIT 2", " ORDER BY 1", " ORDER BY 1 DESC LIMIT 2"])
STATEMENTS = st.one_of(
    st.builds("SELECT {} AS x FROM patients p WHERE {}{}".format, EXPRESSIONS, CONDITIONS, TAILS),
    st.builds("SELECT DISTINCT {} AS x FROM patients p{}".format, EXPRESSIONS, TAILS),
    st.builds("SELECT city AS c, {} AS x FROM patients p GROUP BY city HAVING {}".format, AGGREGATES, COMPARED),
    st.builds("SELECT {} AS x FROM patients p".format, AGGREGATES),
    st.builds("SELECT name FROM (SELECT p.name, p.city FROM patients p WHERE {}{}) q".format, CONDITIONS, TAILS),
    st.builds("SELECT reason, patient.name AS n, patient.{} AS x FROM visits{}".format, st.sampled_from(HIDDEN), TAILS),
    st.builds("SELECT p.name FROM patients p JOIN wards w ON p.ward = w.id WHERE {}{}".format, COMPARED, TAILS),
    st.just("SELECT label FROM vault LIMIT 1"),
)
GUARDED = st.tuples(
    st.sampled_from(["SECRET-0451", "a", "z", "", "Oslo"]),
    st.sampled_from(["1815-12-10", "2020-01-01", None]),
    st.floats(-100, 100) | st.none(),
    st.sampled_from([0, 1, None]),
    st.sampled_from([7, 8, 9, None]),
)
DATABASES = st.lists(GUARDED, min_size=4, max_size=4)
many = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def rows_of(guarded: list[tuple]) -> list[tuple]:
    """Return the patients with other values in their guarded columns; no two have the same `ssn`."""
    return [
        (*row[:3], f"{values[0]}{(row[0] * 7) % 5}{row[0]}", *values[1:])
        for row, values in zip(ROWS, guarded, strict=True)
    ]


@many
@given(
    names=st.lists(COLUMNS, max_size=4),
    filters=st.lists(st.tuples(COLUMNS, OPERATORS, OPERANDS), max_size=2),
    sort=st.lists(COLUMNS, max_size=2),
    most=st.sampled_from([-1, 1, 2]),
    guarded=DATABASES,
)
def test_rows_tell_no_two_databases_apart(phi_lab: PhiLab, names, filters, sort, most, guarded) -> None:
    asked = {f"query.{column}~{op}": value for column, op, value in filters}
    asked |= {"query.maxRows": most} | ({"query.columns": ",".join(names)} if names else {})
    asked |= {"query.sort": ",".join(sort)} if sort else {}
    phi_lab.replace_rows(ROWS)
    before = phi_lab.clerk.rows(**asked)
    phi_lab.replace_rows(rows_of(guarded))
    assert phi_lab.clerk.rows(**asked).body == before.body


@many
@given(statement=STATEMENTS, guarded=DATABASES)
def test_statements_tell_no_two_databases_apart(phi_lab: PhiLab, statement: str, guarded) -> None:
    phi_lab.replace_rows(ROWS)
    before = phi_lab.clerk.sql(statement)
    phi_lab.replace_rows(rows_of(guarded))
    assert phi_lab.clerk.sql(statement).body == before.body


def test_the_property_sees_what_the_doctor_sees(phi_lab: PhiLab) -> None:
    before = phi_lab.doctor.sql("SELECT ssn FROM patients LIMIT 1").body
    phi_lab.replace_rows(rows_of([("x", None, None, None, None)] * 4))
    assert phi_lab.doctor.sql("SELECT ssn FROM patients LIMIT 1").body != before


@pytest.mark.parametrize("statement", ["SELECT name FROM patients LIMIT 1", "SELECT city FROM patients LIMIT 1"])
def test_an_index_over_a_guarded_column_orders_no_rows(phi_lab: PhiLab, statement: str) -> None:
    found = set()
    for order in ((1, 2, 3, 4), (4, 3, 2, 1), (2, 4, 1, 3)):
        rows = zip(ROWS, order, strict=True)
        phi_lab.replace_rows([(*row[:3], f"{place}", row[4], place, *row[6:]) for row, place in rows])
        found.add(phi_lab.clerk.sql(statement).body)
    assert len(found) == 1
