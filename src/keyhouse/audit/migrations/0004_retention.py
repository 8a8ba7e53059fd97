"""Checkpoints, and triggers that let events go only if a checkpoint stands for them.

An event may be deleted while `removable_through` of the head covers it. That can be set to the last event of a
checkpoint alone; and a checkpoint can be added only with the digest of the event that it ends with, and after an event
that announces it. It is set and taken back in one transaction: no other connection ever sees it set.
"""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_FITS = """EXISTS (SELECT 1 FROM keyhouse_audit_event WHERE sequence = NEW.last AND digest = NEW.digest)
       AND EXISTS (SELECT 1 FROM keyhouse_audit_event
                   WHERE sequence = NEW.announced AND sequence > NEW.last AND kind = 'audit maintained')"""
_KNOWN = "EXISTS (SELECT 1 FROM keyhouse_audit_checkpoint WHERE last = NEW.removable_through)"
_COVERED = "COALESCE((SELECT removable_through FROM keyhouse_audit_head WHERE id = 1), 0)"
_SQLITE = [
    "DROP TRIGGER keyhouse_audit_no_delete",
    f"""CREATE TRIGGER keyhouse_audit_no_delete BEFORE DELETE ON keyhouse_audit_event
       WHEN OLD.sequence > {_COVERED} BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    f"""CREATE TRIGGER keyhouse_audit_head_covers BEFORE UPDATE ON keyhouse_audit_head
       WHEN NEW.removable_through <> 0 AND NOT {_KNOWN}
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    f"""CREATE TRIGGER keyhouse_audit_checkpoint_fits BEFORE INSERT ON keyhouse_audit_checkpoint
       WHEN NOT ({_FITS}) OR EXISTS (SELECT 1 FROM keyhouse_audit_checkpoint WHERE last >= NEW.last)
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",  # noqa: S608
    *(
        f"""CREATE TRIGGER keyhouse_audit_checkpoint_no_{verb.lower()} BEFORE {verb} ON keyhouse_audit_checkpoint
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"""
        for verb in ("UPDATE", "DELETE")
    ),
]
_POSTGRESQL = [
    "DROP TRIGGER keyhouse_audit_append_only ON keyhouse_audit_event",
    """CREATE TRIGGER keyhouse_audit_append_only BEFORE UPDATE OR TRUNCATE ON keyhouse_audit_event
       FOR EACH STATEMENT EXECUTE FUNCTION keyhouse_audit_append_only()""",
    f"""CREATE FUNCTION keyhouse_audit_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF OLD.sequence <= {_COVERED} THEN RETURN OLD; END IF;
         RAISE EXCEPTION 'the audit log is append-only';
       END $$""",
    """CREATE TRIGGER keyhouse_audit_no_delete BEFORE DELETE ON keyhouse_audit_event
       FOR EACH ROW EXECUTE FUNCTION keyhouse_audit_no_delete()""",
    f"""CREATE FUNCTION keyhouse_audit_head_covers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NEW.removable_through <> 0 AND NOT {_KNOWN} THEN
           RAISE EXCEPTION 'the audit log is append-only';
         END IF;
         RETURN NEW;
       END $$""",
    """CREATE TRIGGER keyhouse_audit_head_covers BEFORE UPDATE ON keyhouse_audit_head
       FOR EACH ROW EXECUTE FUNCTION keyhouse_audit_head_covers()""",
    f"""CREATE FUNCTION keyhouse_audit_checkpoint_fits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NOT ({_FITS}) OR EXISTS (SELECT 1 FROM keyhouse_audit_checkpoint WHERE last >= NEW.last) THEN
           RAISE EXCEPTION 'the audit log is append-only';
         END IF;
         RETURN NEW;
       END $$""",  # noqa: S608
    """CREATE TRIGGER keyhouse_audit_checkpoint_fits BEFORE INSERT ON keyhouse_audit_checkpoint
       FOR EACH ROW EXECUTE FUNCTION keyhouse_audit_checkpoint_fits()""",
    """CREATE TRIGGER keyhouse_audit_checkpoint_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON keyhouse_audit_checkpoint
       FOR EACH STATEMENT EXECUTE FUNCTION keyhouse_audit_append_only()""",
]


def add_triggers(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("audit", "0003_participants")]
    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("last", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first", models.BigIntegerField()),
                ("previous_digest", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("announced", models.BigIntegerField()),
            ],
            options={"db_table": "keyhouse_audit_checkpoint"},
        ),
        migrations.RunPython(add_triggers, migrations.RunPython.noop),
    ]
