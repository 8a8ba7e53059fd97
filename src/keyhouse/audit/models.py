"""The audit table. Triggers in its migration refuse UPDATE and DELETE: rows are only ever added."""

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
    """The end of the chain: one row, locked while events are added, so that two writers cannot fork the chain."""

    id = models.SmallIntegerField(primary_key=True)
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "keyhouse_audit_head"
