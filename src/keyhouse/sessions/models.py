"""The browser session. Its row is the session: when the row goes, the session and its keys are over."""

from typing import Any, ClassVar

from django.db import models

from keyhouse.accounts.models import Group, User
from keyhouse.authz.models import Folder
from keyhouse.core.impersonation import Guise


class BrowserSession(models.Model):
    """One sign-in of one browser; `user` is null while nobody has signed in yet.

    `generation` is the user's session generation at sign-in.
    """

    public_id = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="browser_sessions")
    generation = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    signed_in_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=512, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "keyhouse_browser_session"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "created_at"], name="sessions_of_user")]


class ImpersonationRow(models.Model):
    """An impersonation that is going on: in a browser session, or in the session that an API key opened.

    It belongs to one of `session` and `cookie_id`; the cookie of an opened session names the latter. The row goes when
    the impersonation stops: its history is the audit log's.
    """

    administrator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session = models.OneToOneField(BrowserSession, on_delete=models.CASCADE, null=True, related_name="impersonation")
    cookie_id = models.CharField(max_length=32, null=True, unique=True)
    guise = models.CharField(max_length=10, choices=[(each.value, each.name) for each in Guise])
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, related_name="+")
    roles = models.JSONField(default=list)
    project = models.ForeignKey(Folder, on_delete=models.CASCADE, null=True, related_name="+")
    return_url = models.CharField(max_length=2000, blank=True)
    started_at = models.DateTimeField()

    class Meta:
        db_table = "keyhouse_impersonation"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(session__isnull=False) ^ models.Q(cookie_id__isnull=False),
                name="impersonation_of_one_session",
            ),
        ]
