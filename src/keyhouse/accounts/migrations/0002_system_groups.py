"""The groups that are always there, with the ids that client libraries know; users begin at 1001."""

from typing import Any

from django.db import migrations

_GROUPS = {-1: "Administrators", -2: "All Site Users", -3: "Guests"}
_FIRST_USER_ID = 1001


def add_groups(apps: Any, schema_editor: Any) -> None:
    group = apps.get_model("accounts", "Group")
    for number, name in _GROUPS.items():
        group.objects.create(id=number, name=name, is_system=True)
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DELETE FROM sqlite_sequence WHERE name = 'keyhouse_principal'")
        sequence = "INSERT INTO sqlite_sequence (name, seq) VALUES ('keyhouse_principal', %s)"
        schema_editor.execute(sequence, [_FIRST_USER_ID - 1])
    else:
        schema_editor.execute(f"ALTER TABLE keyhouse_principal ALTER COLUMN id RESTART WITH {_FIRST_USER_ID}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(add_groups, migrations.RunPython.noop)]
