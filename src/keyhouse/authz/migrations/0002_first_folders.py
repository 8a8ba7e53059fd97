"""The folders that are always there, and who may do what in them on a new site.

Administrators administer the site. Who has signed in may read ``/home`` and ``/Shared``. Guests may do nothing.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

_ADMINISTRATORS, _ALL_SITE_USERS = -1, -2


def add_folders(apps: Any, _schema_editor: Any) -> None:
    folder, assignment = apps.get_model("authz", "Folder"), apps.get_model("authz", "RoleAssignment")
    now = datetime.now(UTC)
    root = folder.objects.create(id=1, name="", path="/", lower_path="/", created_at=now)
    assignment.objects.create(folder=root, principal_id=_ADMINISTRATORS, role="Site Administrator")
    for number, name in ((2, "home"), (3, "Shared")):
        project = folder.objects.create(
            id=number, parent=root, name=name, path=f"/{name}", lower_path=f"/{name.lower()}", created_at=now
        )
        assignment.objects.create(folder=project, principal_id=_ALL_SITE_USERS, role="Reader")


def begin_after_them(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        # ALTER TABLE would be refused here: the checks of the rows above are still to come.
        schema_editor.execute("SELECT setval(pg_get_serial_sequence('keyhouse_folder', 'id'), 3)")


class Migration(migrations.Migration):
    dependencies = [("authz", "0001_initial"), ("accounts", "0002_system_groups")]
    operations = [
        migrations.RunPython(add_folders, migrations.RunPython.noop),
        migrations.RunPython(begin_after_them, migrations.RunPython.noop),
    ]
