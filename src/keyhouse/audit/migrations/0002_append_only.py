"""Refuse UPDATE and DELETE on the audit table in the database itself."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = [
    f"""CREATE TRIGGER keyhouse_audit_no_{verb.lower()} BEFORE {verb} ON keyhouse_audit_event
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"""
    for verb in ("UPDATE", "DELETE")
]
# REPLACE INTO deletes the old row without asking the trigger above.
_SQLITE.append(
    """CREATE TRIGGER keyhouse_audit_no_replace BEFORE INSERT ON keyhouse_audit_event
       WHEN EXISTS (SELECT 1 FROM keyhouse_audit_event WHERE sequence = NEW.sequence)
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"""
)
_POSTGRESQL = [
    """CREATE FUNCTION keyhouse_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """CREATE TRIGGER keyhouse_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON keyhouse_audit_event
       FOR EACH STATEMENT EXECUTE FUNCTION keyhouse_audit_append_only()""",
]


def add_triggers(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL:
        schema_editor.execute(statement)


def begin_chain(apps: Any, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    # Made here, so that two first writers at once cannot both begin the chain.
    apps.get_model("audit", "AuditHead").objects.create(id=1, sequence=0, digest="0" * 64)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunPython(add_triggers, migrations.RunPython.noop),
        migrations.RunPython(begin_chain, migrations.RunPython.noop),
    ]
