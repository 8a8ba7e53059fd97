"""The index of participants, and triggers that let its rows go only while it is made anew."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = [
    """CREATE TRIGGER keyhouse_audit_participant_no_update BEFORE UPDATE ON keyhouse_audit_participant
       BEGIN SELECT RAISE(ABORT, 'the index of participants is append-only'); END""",
    """CREATE TRIGGER keyhouse_audit_participant_no_delete BEFORE DELETE ON keyhouse_audit_participant
       WHEN COALESCE((SELECT is_indexing FROM keyhouse_audit_head WHERE id = 1), 0) = 0
       BEGIN SELECT RAISE(ABORT, 'the index of participants is append-only'); END""",
    # REPLACE INTO deletes the old row without asking the trigger above.
    """CREATE TRIGGER keyhouse_audit_participant_no_replace BEFORE INSERT ON keyhouse_audit_participant
       WHEN EXISTS (SELECT 1 FROM keyhouse_audit_participant WHERE id = NEW.id)
       BEGIN SELECT RAISE(ABORT, 'the index of participants is append-only'); END""",
]
_POSTGRESQL = [
    """CREATE FUNCTION keyhouse_audit_participant_kept() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF TG_OP = 'DELETE' AND COALESCE((SELECT is_indexing FROM keyhouse_audit_head WHERE id = 1), false) THEN
           RETURN NULL;
         END IF;
         RAISE EXCEPTION 'the index of participants is append-only';
       END $$""",
    """CREATE TRIGGER keyhouse_audit_participant_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON keyhouse_audit_participant
       FOR EACH STATEMENT EXECUTE FUNCTION keyhouse_audit_participant_kept()""",
]


def add_triggers(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("audit", "0002_append_only")]
    operations: ClassVar[list[Any]] = [
        migrations.AddField("audithead", "is_indexing", models.BooleanField(default=False)),
        migrations.AddField("audithead", "removable_through", models.BigIntegerField(default=0)),
        migrations.CreateModel(
            name="AuditParticipant",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField(db_index=True)),
                ("participant", models.CharField(max_length=255)),
                ("place", models.CharField(max_length=511)),
                ("person_id", models.IntegerField()),
            ],
            options={
                "db_table": "keyhouse_audit_participant",
                "indexes": [
                    models.Index(fields=["participant", "sequence"], name="audit_of_participant"),
                    models.Index(fields=["person_id", "participant", "sequence"], name="audit_of_person"),
                ],
            },
        ),
        migrations.RunPython(add_triggers, migrations.RunPython.noop),
    ]
