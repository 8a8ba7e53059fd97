"""The audit table. Triggers in its migration refuse UPDATE and DELETE: rows are only ever added."""

from typing import ClassVar

from django.db import models


class AuditEvent(models.Model):
    """One event in the chain; `digest` covers every other column and the digest of the row before."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=40, db_index=True)
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=60, blank=True)
    comment = models.TextField(blank=True)
    user_id = models.IntegerField(db_index=True)
    user = models.CharField(max_length=254)
    impersonator_id = models.IntegerField(null=True)
    via = models.CharField(max_length=60)
    key_id = models.CharField(max_length=80, blank=True, db_index=True)
    session_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=512, blank=True)
    folder = models.CharField(max_length=1024, blank=True)
    schema = models.CharField(max_length=255, blank=True)
    query = models.CharField(max_length=255, blank=True)
    details = models.JSONField(default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "keyhouse_audit_event"


class AuditHead(models.Model):
    """The end of the chain: one row, locked while events are added, so that two writers cannot fork the chain.

    `is_indexing` and `removable_through` are what the triggers ask before they let a row go. Both are set and taken
    back within one transaction, so that no other connection ever sees them set.
    """

    id = models.SmallIntegerField(primary_key=True)
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    is_indexing = models.BooleanField(default=False)
    removable_through = models.BigIntegerField(default=0)

    class Meta:
        db_table = "keyhouse_audit_head"


class AuditCheckpoint(models.Model):
    """Events that were archived and removed: the chain goes on after `last`. The event `announced` tells of it."""

    last = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    announced = models.BigIntegerField()

    class Meta:
        db_table = "keyhouse_audit_checkpoint"


class AuditParticipant(models.Model):
    """One participant in one event, so that the events of a participant, and the participants of a person, are found.

    Made of the events alone, in their transaction, and refused change by triggers as they are. `participant` is what
    the event has, and empty where the event could not tell whose data of the table `place` was read. `person_id` is
    who saw it: the administrator where somebody was impersonated.
    """

    id = models.BigAutoField(primary_key=True)
    sequence = models.BigIntegerField(db_index=True)
    participant = models.CharField(max_length=255)
    place = models.CharField(max_length=511)
    person_id = models.IntegerField()

    class Meta:
        db_table = "keyhouse_audit_participant"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["participant", "sequence"], name="audit_of_participant"),
            models.Index(fields=["person_id", "participant", "sequence"], name="audit_of_person"),
        ]
