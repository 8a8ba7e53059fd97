"""What an administrator said of the tables of a folder. Columns are named, not numbered: a database may be rebuilt."""

from typing import Any, ClassVar

from django.db import models

from keyhouse.authz.models import Folder
from keyhouse.core.phi import PhiLevel

_LEVELS = [(each.value, each.wire_name) for each in PhiLevel]


class TableMarks(models.Model):
    """The marks of one table or view: `levels` has the wire name of a PHI level for each column that has a mark.

    `schema` is the name of a source, or `lists`. Names are kept as they were given and compared without their case.
    """

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="+")
    schema = models.CharField(max_length=64)
    table = models.CharField(max_length=255)
    folded_schema = models.CharField(max_length=192)
    folded_table = models.CharField(max_length=765)
    participant_column = models.CharField(max_length=255, blank=True)
    levels = models.JSONField(default=dict)

    class Meta:
        db_table = "keyhouse_table_marks"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["folder", "folded_schema", "folded_table"], name="one_marks_of_a_table"),
        ]


class SchemaMarks(models.Model):
    """What the columns of a source count as that have no mark of their own."""

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="+")
    schema = models.CharField(max_length=64)
    folded_schema = models.CharField(max_length=192)
    default_level = models.SmallIntegerField(choices=_LEVELS, default=PhiLevel.NOT_PHI.value)

    class Meta:
        db_table = "keyhouse_schema_marks"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["folder", "folded_schema"], name="one_marks_of_a_schema"),
        ]
