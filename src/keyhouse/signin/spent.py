"""What works once: a row in the database, so that all workers and machines refuse it the second time."""

from datetime import datetime

from django.db import IntegrityError, transaction

from keyhouse.core.digests import digest
from keyhouse.signin.models import HandedOver, Spent, TrustedBrowser


def spend(configuration_id: int, text: str, until: datetime) -> bool:
    """Use something up (an assertion's id, a ticket, a token's id); False where it was used before.

    It must be refused by its own age after `until`: then the row may go.
    """
    try:
        with transaction.atomic():
            Spent.objects.create(configuration_id=configuration_id, digest=digest(text), expires_at=until)
    except IntegrityError:
        return False
    return True


def forget_expired(now: datetime) -> None:
    """Delete what is refused by its own age by now."""
    Spent.objects.filter(expires_at__lt=now).delete()
    HandedOver.objects.filter(expires_at__lt=now).delete()
    TrustedBrowser.objects.filter(expires_at__lt=now).delete()
