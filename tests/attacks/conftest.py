"""The laboratory of the tests of LabKey SQL, for the attacks on it; each runs on SQLite and on PostgreSQL."""

from tests.data.sql.conftest import lab, on_postgresql, on_sqlite

__all__ = ["lab", "on_postgresql", "on_sqlite"]
