"""Keys at rest: a digest and what its owner may know. The text of a key is in no column, nor is any code."""

from typing import ClassVar

from django.db import models

from keyhouse.accounts.models import User
from keyhouse.sessions.models import BrowserSession


class ApiKey(models.Model):
    """An API key. Expired and revoked ones stay as tombstones, so that refusals, lists and the log can name them.

    A key without an owner belonged to a deleted user and is refused for ever. `replaces` is the key that this one was
    issued to replace; where that one lives still, the rotation is not finished. `provider`, `configuration_id`,
    `methods`, `assurance` and `signed_in_at` say how the person who issued it had signed in.
    """

    class RevokedWhy(models.TextChoices):
        REVOKED = "revoked"
        ROTATED = "rotated"

    key_id = models.CharField(max_length=80, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="api_keys")
    description = models.CharField(max_length=256, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.CharField(max_length=64, blank=True)
    last_used_agent = models.CharField(max_length=512, blank=True)
    is_expiry_noted = models.BooleanField(default=False)
    revoked_at = models.DateTimeField(null=True)
    revoked_why = models.CharField(max_length=10, blank=True, choices=RevokedWhy.choices)
    provider = models.CharField(max_length=100, null=True)
    configuration_id = models.IntegerField(null=True)
    methods = models.CharField(max_length=100, null=True)
    assurance = models.SmallIntegerField(null=True)
    signed_in_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="replacements")

    class Meta:
        db_table = "keyhouse_api_key"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["owner", "created_at"], name="keys_of_owner")]


class KeyEnding(models.TextChoices):
    """Why a session key ended while its session lived on."""

    REVOKED = "revoked"
    IMPERSONATION = "an impersonation"


class SessionKey(models.Model):
    """A session key: a child row of its browser session, so that the database itself ends it with the session.

    Only where `keeps_alive` does its use keep the session from going idle. `ending` says why the row is about to be
    deleted, where it is deleted alone.
    """

    session = models.ForeignKey(BrowserSession, on_delete=models.CASCADE, related_name="keys")
    key_id = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    description = models.CharField(max_length=256, blank=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.CharField(max_length=64, blank=True)
    last_used_agent = models.CharField(max_length=512, blank=True)
    keeps_alive = models.BooleanField(default=False)
    ending = models.CharField(max_length=30, blank=True, choices=KeyEnding.choices)

    class Meta:
        db_table = "keyhouse_session_key"


class EndedSessionKey(models.Model):
    """What the database itself keeps of a session key when its row goes, whatever deletes it.

    It names user and session by their ids and not by keys to their rows, which may be gone.
    """

    key_id = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    user_id = models.IntegerField(null=True)
    session_id = models.CharField(max_length=16)
    why = models.CharField(max_length=30)
    ended_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "keyhouse_ended_session_key"


class DeviceAuthorization(models.Model):
    """A program that waits for a person to let it in (RFC 8628).

    Both codes are digests: of the device code a plain one, of the short user code one that is keyed with the site's
    secret, because every short code can be tried against a plain one in seconds. `program`, `host_name` and
    `wanted_description` are what the program says of itself. The key is issued when the program collects it, so none is
    in any column before. `approved_session` is the public id of the browser session that let the program in: what was
    declared there goes along with the key.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        DENIED = "denied"
        COLLECTED = "collected"

    device_digest = models.CharField(max_length=64, unique=True)
    user_digest = models.CharField(max_length=64, unique=True)
    program = models.CharField(max_length=60)
    host_name = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=64, blank=True)
    wanted_description = models.CharField(max_length=256, blank=True)
    wanted_seconds = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    interval_seconds = models.IntegerField()
    polled_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    approved_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    approved_generation = models.IntegerField(default=0)
    approved_session = models.CharField(max_length=64, blank=True)
    description = models.CharField(max_length=256, blank=True)
    chosen_seconds = models.BigIntegerField(null=True)
    key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "keyhouse_device_authorization"
