"""The group of developers is there, as client libraries know it; it grants nothing."""

from typing import Any

from django.db import migrations

_DEVELOPERS_ID = -4


def add_developers(apps: Any, _schema_editor: Any) -> None:
    group = apps.get_model("accounts", "Group")
    taken = group.objects.filter(name__iexact="Developers").first()
    if taken is not None:
        # A site group of this name keeps its members and roles, under a name of its own.
        taken.name = f"Developers {taken.id}"
        taken.save(update_fields=["name"])
    group.objects.create(id=_DEVELOPERS_ID, name="Developers", is_system=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_system_groups")]
    operations = [
        migrations.RunPython(add_developers, migrations.RunPython.noop),
    ]
