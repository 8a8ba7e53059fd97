"""Terms of use, demands and declarations at rest. Terms and declarations are only ever added: the log names them."""

from typing import Any, ClassVar

from django.db import models

from keyhouse.accounts.models import User
from keyhouse.authz.models import Folder
from keyhouse.core.phi import PhiColumns
from keyhouse.keys.models import ApiKey


class Terms(models.Model):
    """One version of the terms of use of the site (of the root folder) or of a project; an empty text withdraws them.

    `text` is Markdown; `digest` is its SHA-256, in hexadecimal digits of upper case.
    """

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="terms")
    version = models.IntegerField()
    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "keyhouse_terms"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["folder", "version"], name="one_terms_of_a_version"),
        ]


class FolderDemand(models.Model):
    """What one folder demands by itself, on top of what the folders above it do.

    `irb_pattern` is a regular expression that the whole IRB number must match, and `irb_hint` says it in words.
    `meaning` is what a signature says that the person means. `lapse_days` bounds the declarations of API keys.
    `phi_columns` empty is what the folders above say. `assurance` is the level of sign-in that is demanded.
    """

    folder = models.OneToOneField(Folder, on_delete=models.CASCADE, related_name="demand")
    wants_purpose = models.BooleanField(default=False)
    purposes = models.JSONField(default=list)
    wants_irb_number = models.BooleanField(default=False)
    irb_pattern = models.CharField(max_length=200, blank=True)
    irb_hint = models.CharField(max_length=200, blank=True)
    wants_phi_level = models.BooleanField(default=False)
    wants_signature = models.BooleanField(default=False)
    meaning = models.TextField(blank=True)
    requires_phi_roles = models.BooleanField(default=False)
    phi_columns = models.CharField(max_length=10, blank=True, choices=[(each.value, each.name) for each in PhiColumns])
    lapse_days = models.IntegerField(null=True)
    assurance = models.SmallIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "keyhouse_folder_demand"


class Declaration(models.Model):
    """What one person declared, in a browser session or for an API key, where the folder `scope` demands it.

    The latest one of a session (or a key) and a scope is in force; `version` counts them. `terms` has the folder,
    version and digest of each text accepted. `session_id` is the public id: declarations outlive their session.
    """

    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    user_email = models.CharField(max_length=254)
    scope = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="+")
    session_id = models.CharField(max_length=64, blank=True)
    key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="declarations")
    version = models.IntegerField()
    at = models.DateTimeField()
    purpose = models.TextField(null=True)
    irb_number = models.CharField(max_length=100, null=True)
    phi_level = models.SmallIntegerField(null=True)
    terms = models.JSONField(default=list)
    printed_name = models.CharField(max_length=200, blank=True)
    meaning = models.TextField(blank=True)

    class Meta:
        db_table = "keyhouse_declaration"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["session_id", "scope"], name="declarations_of_session"),
            models.Index(fields=["key", "scope"], name="declarations_of_key"),
        ]
