"""The designs of lists. `storage` is the name of a table or column in the managed database, made up once and kept.

No name that a user chose ever becomes a name in a database. A design that is not settled may be ahead of its table.
"""

from typing import Any, ClassVar

from django.db import models

from keyhouse.authz.models import Folder


class ListDesign(models.Model):
    """A list of a folder. Its id is the list's and the domain's id on the wire."""

    # Deleting a folder must go through `Lists.delete_of`, which sees to the tables.
    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="lists")
    name = models.CharField(max_length=200)
    folded_name = models.CharField(max_length=600)
    description = models.TextField(blank=True)
    entity_id = models.UUIDField(unique=True)
    domain_uri = models.CharField(max_length=1024)
    storage = models.CharField(max_length=63, unique=True)
    key_type = models.CharField(max_length=24)
    options = models.JSONField(default=dict)
    indices = models.JSONField(default=list)
    revision = models.IntegerField(default=0)
    is_settled = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by_id = models.IntegerField()
    modified_at = models.DateTimeField()

    class Meta:
        db_table = "keyhouse_list"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["folder", "folded_name"], name="one_list_of_a_name"),
        ]


class ListField(models.Model):
    """A field of a list. Its id is the property's id on the wire; `properties` are as on the wire."""

    design = models.ForeignKey(ListDesign, on_delete=models.CASCADE, related_name="fields")
    position = models.IntegerField()
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=24)
    is_key = models.BooleanField(default=False)
    storage = models.CharField(max_length=63)
    taken_from = models.CharField(max_length=63, blank=True)
    taken_type = models.CharField(max_length=24, blank=True)
    properties = models.JSONField(default=dict)

    class Meta:
        db_table = "keyhouse_list_field"
        ordering: ClassVar[list[str]] = ["position"]


class Leftover(models.Model):
    """What a deleted list or folder left in the managed database: a table, or a folder's rows in those of all lists."""

    storage = models.CharField(max_length=63)
    container = models.CharField(max_length=36, blank=True)

    class Meta:
        db_table = "keyhouse_list_leftover"
