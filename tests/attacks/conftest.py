"""The laboratories of the attacks: of LabKey SQL, on SQLite and on PostgreSQL, and a folder with guarded columns."""

import pytest

from keyhouse.core.phi import PhiColumns
from tests.attacks.phi_lab import PhiLab, lab_of
from tests.data.sql.conftest import lab, on_postgresql, on_sqlite

__all__ = ["lab", "on_postgresql", "on_sqlite"]


@pytest.fixture(params=[PhiColumns.HIDE, PhiColumns.BLANK])
def phi_lab(request, site, front, tmp_path) -> PhiLab:
    """A folder whose guarded columns are hidden from some, or shown to them without values."""
    return lab_of(site, front, request.param, tmp_path / "trial.sqlite3")
