"""The browser session. Its row is the session: when the row goes, the session and its keys are over."""

from typing import Any, ClassVar

from django.db import models

from keyhouse.accounts.models import User
from keyhouse.core.impersonation import Guise


class BrowserSession(models.Model):
    """One sign-in of one browser; `user` is null while nobody has signed in yet.

    `provider`, `configuration_id`, `methods` (in one line) and `assurance` say how the person signed in, `proved_at`
    when they last proved to be there. `generation` is the user's session generation at sign-in. `kept_at` is when a
    program that may keep the session alive was last there, which is not the person's presence. `ending` says why the
    row is about to be deleted: the database copies it to what it keeps of the session's keys.
    """

    public_id = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="browser_sessions")
    generation = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    signed_in_at = models.DateTimeField(null=True)
    provider = models.CharField(max_length=100, null=True)
    configuration_id = models.IntegerField(null=True, db_index=True)
    methods = models.CharField(max_length=100, null=True)
    assurance = models.SmallIntegerField(null=True)
    proved_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=512, blank=True)
    data = models.JSONField(default=dict)
    ending = models.CharField(max_length=30, blank=True)

    class Meta:
        db_table = "keyhouse_browser_session"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "created_at"], name="sessions_of_user")]


class ImpersonationRow(models.Model):
    """An impersonation that is going on: in a browser session, or in the session that an API key opened.

    It belongs to one of `session` and `cookie_id`; the cookie of an opened session names the latter. The row goes when
    the impersonation stops: its history is the audit log's. `label` is what it was called when it began.

    Target (a user or a group) and project are plain numbers to the database: where one of them is deleted, the row must
    stay until the door has stopped the impersonation, or the administrator would act on with rights of their own,
    unaware.
    """

    administrator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session = models.OneToOneField(BrowserSession, on_delete=models.CASCADE, null=True, related_name="impersonation")
    cookie_id = models.CharField(max_length=32, null=True, unique=True)
    guise = models.CharField(max_length=10, choices=[(each.value, each.name) for each in Guise])
    label = models.CharField(max_length=1000)
    target_id = models.IntegerField(null=True)
    roles = models.JSONField(default=list)
    project_id = models.BigIntegerField(null=True)
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
