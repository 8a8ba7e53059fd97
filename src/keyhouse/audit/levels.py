"""Find events by how surely the person behind them had signed in."""

from django.db.models import Q

from keyhouse.core.assurance import Assurance


def of_level(level: Assurance) -> Q:
    """Match events behind which there is a sign-in of this level; unknown are those that tell of none, too."""
    told = Q(details__signIn__assurance=level.value)
    return told | Q(details__signIn__isnull=True) if level is Assurance.UNKNOWN else told
