"""The browser session. Its row is the session: when the row goes, the session and its keys are over."""

from typing import ClassVar

from django.db import models

from keyhouse.accounts.models import User


class BrowserSession(models.Model):
    """One sign-in of one browser; `user` is null while nobody has signed in yet.

    `generation` is the user's session generation at sign-in. Declarations and impersonation have columns of their own,
    because authorization reads them on every request.
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
    purpose = models.TextField(null=True)
    irb_number = models.CharField(max_length=100, null=True)
    phi_level = models.SmallIntegerField(null=True)
    terms_version = models.CharField(max_length=100, null=True)
    impersonated_user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        db_table = "keyhouse_browser_session"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "created_at"], name="sessions_of_user")]
