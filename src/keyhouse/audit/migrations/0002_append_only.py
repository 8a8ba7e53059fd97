"""Refuse UPDATE and DELETE on the audit table in the database itself."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = [
    f"""CREATE TRIGGER keyhouse_audit_no_{verb.lower()} BEFORE {verb} ON keyhouse_audit_event
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"""
    for verb in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    """CREATE FUNCTION keyhouse_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """CREATE TRIGGER keyhouse_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON keyhouse_audit_event
       FOR EACH STATEMENT EXECUTE FUNCTION keyhouse_audit_append_only()""",
]


def add_triggers(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(add_triggers, migrations.RunPython.noop)]
