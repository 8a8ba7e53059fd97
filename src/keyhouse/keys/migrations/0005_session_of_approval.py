"""Remember which browser session let a program in: what was declared there goes along with its key."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("keys", "0004_keep_ended_session_keys")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="deviceauthorization",
            name="approved_session",
            field=models.CharField(blank=True, max_length=64, default=""),
            preserve_default=False,
        ),
    ]
