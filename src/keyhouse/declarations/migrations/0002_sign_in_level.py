from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("declarations", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="folderdemand",
            name="assurance",
            field=models.SmallIntegerField(default=0, db_default=0),
        ),
    ]
