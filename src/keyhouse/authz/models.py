"""The tree of folders and the roles assigned in it.

A folder's `path` is stored, so that a URL finds its folder in one indexed read; renaming rewrites the paths below.
"""

import uuid
from typing import Any, ClassVar

from django.db import models

from keyhouse.accounts.models import Principal

ROOT_ID = 1


class Folder(models.Model):
    """A place for data, with its own roles; on the wire a container."""

    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=1024, unique=True)
    lower_path = models.CharField(max_length=1024, unique=True)
    entity_id = models.UUIDField(default=uuid.uuid4, unique=True)
    title = models.CharField(max_length=1000, blank=True)
    description = models.TextField(blank=True)
    folder_type = models.CharField(max_length=100, default="Collaboration")
    inherits = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    policy_changed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "keyhouse_folder"

    def __str__(self) -> str:
        return self.path

    @property
    def is_root(self) -> bool:
        """Tell whether this is the root folder."""
        return self.parent_id is None

    @property
    def is_project(self) -> bool:
        """Tell whether this folder stands directly below the root."""
        return self.parent_id == ROOT_ID


class FolderAlias(models.Model):
    """A path that a folder had: links to it still lead there, unless another folder took its place."""

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="aliases")
    lower_path = models.CharField(max_length=1024, unique=True)

    class Meta:
        db_table = "keyhouse_folder_alias"


class RoleAssignment(models.Model):
    """One role of one principal in one folder; it holds below the folder, until one breaks inheritance."""

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="assignments")
    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=40)

    class Meta:
        db_table = "keyhouse_role_assignment"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["folder", "principal", "role"], name="one_assignment"),
        ]
