"""Custom views and saved queries at rest. What belongs to a session goes with it: the database itself sees to that."""

from typing import Any, ClassVar

from django.db import models

from keyhouse.accounts.models import User
from keyhouse.authz.models import Folder
from keyhouse.sessions.models import BrowserSession

LONGEST_NAME = 200


class Saved(models.Model):
    """What views and queries have in common.

    `bound_to` names the session that alone sees it (empty: it stays until somebody deletes it); `session` is that
    session's row where there is one, `expires_at` its end where there is none. The `*_key` columns are the names in
    one letter case.
    """

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="+")
    schema = models.CharField(max_length=LONGEST_NAME)
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    name_key = models.CharField(max_length=3 * LONGEST_NAME, blank=True)
    is_hidden = models.BooleanField(default=False)
    inherits = models.BooleanField(default=False)
    bound_to = models.CharField(max_length=100, blank=True)
    session = models.ForeignKey(BrowserSession, on_delete=models.CASCADE, null=True, related_name="+")
    expires_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    modified_at = models.DateTimeField()
    modified_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True


class CustomView(Saved):
    """Columns, filters and sort under a name; the empty name is the default view. Without an owner it is everybody's.

    `definition` is what `ViewDefinition` writes.
    """

    query = models.CharField(max_length=LONGEST_NAME)
    table_key = models.CharField(max_length=6 * LONGEST_NAME + 1)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    definition = models.JSONField()

    class Meta:
        db_table = "keyhouse_custom_view"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["table_key"], name="views_of_table")]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["folder", "table_key", "name_key"],
                condition=models.Q(owner__isnull=True),
                name="one_shared_view_of_a_name",
            ),
            models.UniqueConstraint(
                fields=["folder", "table_key", "name_key", "owner", "bound_to"],
                condition=models.Q(owner__isnull=False),
                name="one_private_view_of_a_name",
            ),
        ]


class SavedQuery(Saved):
    """A statement in LabKey SQL that is read like a table, with the rights of whoever reads it."""

    schema_key = models.CharField(max_length=3 * LONGEST_NAME)
    sql = models.TextField()
    title = models.CharField(max_length=LONGEST_NAME, blank=True)
    description = models.TextField(blank=True)

    class Meta:
        db_table = "keyhouse_saved_query"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["folder", "schema_key", "name_key", "bound_to"], name="one_saved_query_of_a_name"
            ),
        ]
