"""An attached database. Its address may hold a password, so it is sealed at rest with the site's secret."""

from typing import Any, ClassVar

from django.db import models

from keyhouse.authz.models import Folder


class AttachedSource(models.Model):
    """A database that a folder shows as the schema `name`."""

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=64)
    sealed_url = models.TextField()
    schema = models.CharField(max_length=128, blank=True)
    is_writable = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "keyhouse_attached_source"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["folder", "name"], name="one_source_of_a_name"),
        ]
