"""What the tests of the audit log share."""

import pytest
from tests.site import OPERATOR


@pytest.fixture
def write(site):
    """Append that many events."""
    from keyhouse.audit import Event, Kind

    def append(count: int = 1, **fields: object) -> None:
        for number in range(count):
            site.recorder.record(Event(Kind.DATA_READ, OPERATOR, f"event {number}", **fields))

    return append


@pytest.fixture
def tamper(site):
    """Run SQL with the triggers out of the way, as somebody with the database file in hand would."""
    from django.db import connection

    def execute(*statements: str) -> None:
        with connection.cursor() as cursor:
            for verb in ("update", "delete", "replace"):
                cursor.execute(f"DROP TRIGGER IF EXISTS keyhouse_audit_no_{verb}")
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                cursor.execute(statement)

    return execute
