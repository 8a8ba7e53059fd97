"""Triggers that keep the head of the chain: one row, never replaced by another that lets events go."""

from typing import Any, ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_REFUSED = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
_SQLITE = [
    # REPLACE INTO is an INSERT to triggers.
    f"CREATE TRIGGER keyhouse_audit_head_no_insert BEFORE INSERT ON keyhouse_audit_head {_REFUSED}",
    f"CREATE TRIGGER keyhouse_audit_head_no_delete BEFORE DELETE ON keyhouse_audit_head {_REFUSED}",
    f"CREATE TRIGGER keyhouse_audit_head_no_move BEFORE UPDATE OF id ON keyhouse_audit_head {_REFUSED}",
]
_POSTGRESQL = [
    """CREATE TRIGGER keyhouse_audit_head_kept BEFORE INSERT OR DELETE OR TRUNCATE OR UPDATE OF id
       ON keyhouse_audit_head FOR EACH STATEMENT EXECUTE FUNCTION keyhouse_audit_append_only()""",
]


def add_triggers(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("audit", "0004_retention")]
    operations: ClassVar[list[Any]] = [migrations.RunPython(add_triggers, migrations.RunPython.noop)]
