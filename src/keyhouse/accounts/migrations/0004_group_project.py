"""Names of groups are unique within the site, or within their project."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_developers")]
    operations = [
        migrations.AddField("Group", "project", models.UUIDField(null=True, db_index=True)),
        migrations.AlterField("Group", "name", models.CharField(max_length=64)),
        migrations.AddConstraint(
            "Group",
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(project__isnull=True), name="one_site_group_of_a_name"
            ),
        ),
        migrations.AddConstraint(
            "Group",
            models.UniqueConstraint(fields=["project", "name"], name="one_project_group_of_a_name"),
        ),
    ]
