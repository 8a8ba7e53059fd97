"""Folders remember their old paths, their type, and when their policy changed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authz", "0002_first_folders")]
    operations = [
        migrations.AddField("Folder", "folder_type", models.CharField(max_length=100, default="Collaboration")),
        migrations.AddField("Folder", "policy_changed_at", models.DateTimeField(null=True)),
        migrations.AlterField("Folder", "title", models.CharField(max_length=1000, blank=True)),
        migrations.CreateModel(
            name="FolderAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lower_path", models.CharField(max_length=1024, unique=True)),
                (
                    "folder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="aliases", to="authz.folder"
                    ),
                ),
            ],
            options={"db_table": "keyhouse_folder_alias"},
        ),
    ]
