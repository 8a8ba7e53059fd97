"""What a directory says of people and groups beyond what an account is."""

from django.db import models

from keyhouse.accounts.models import Principal


class Provisioned(models.Model):
    """One person or group as a directory knows it.

    `external_id` is the directory's own name, which never changes there. `profile` is what is only given back: the
    parts of the name, the addresses. A person who `is_gone` was deleted by the directory, which sees no
    more of the account while it is deactivated.
    """

    principal = models.OneToOneField(Principal, on_delete=models.CASCADE, primary_key=True, related_name="+")
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    profile = models.JSONField(default=dict)
    is_gone = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "keyhouse_provisioned"
