"""Attack: read a column above one's PHI level through anything that reads: rows, filters, sorts, SQL, exports.

For both behaviours of a folder: hidden columns are as if they were not there, blank ones have no values.
"""

import pytest

from keyhouse.core.phi import PhiColumns
from tests.attacks.phi_lab import HIDDEN, ROWS, Lab, is_silent, lab_of, named


@pytest.fixture(params=[PhiColumns.HIDE, PhiColumns.BLANK])
def lab(request, site, front, tmp_path) -> Lab:
    return lab_of(site, front, request.param, tmp_path / "trial.sqlite3")


def test_who_holds_the_role_sees_every_column(lab):
    rows = lab.doctor.values(lab.doctor.rows())
    assert [row["ssn"] for row in rows] == [row[3] for row in ROWS]


def test_rows_show_no_guarded_value(lab):
    answer = lab.clerk.rows()
    rows = lab.clerk.values(answer)
    assert len(rows) == 4 and is_silent(answer)
    assert named(rows) & set(HIDDEN) == (set(HIDDEN) if lab.is_blank else set())
    assert {row.get(name) for row in rows for name in HIDDEN} == {None}
