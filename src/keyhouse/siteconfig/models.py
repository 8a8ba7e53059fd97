"""One row a site setting that was ever changed; the others have their defaults."""

from django.db import models


class SiteSetting(models.Model):
    """The value of one site setting, as JSON."""

    name = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()

    class Meta:
        db_table = "keyhouse_site_setting"
