"""The laboratory of the tests of LabKey SQL, for the attacks on it; each runs on SQLite and on PostgreSQL."""

from keyhouse.data import BadValue, QueryFailed
from keyhouse.data.sql import BadStatement
from tests.data.sql.lab import Lab

__all__ = ["Lab", "ends_well"]
SECRET = "swordfish"


def ends_well(asked: Lab, statement: str) -> str:
    """Run a hostile statement. Whatever comes of it, nothing hidden may be told, and nothing may be changed."""
    try:
        told = repr(asked.rows(statement))
    except (BadStatement, BadValue, QueryFailed) as error:
        told = f"refused: {error}"
    assert SECRET not in told.replace(repr(statement), "").replace(statement, "")
    assert len(asked.rows("SELECT * FROM patient")) == 6
    return told
