"""Whom a change of terms or demands makes declare again: said before it is saved."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from keyhouse.authz.models import Folder
from keyhouse.core.assurance import Assurance
from keyhouse.declarations.fetch import demanded_in
from keyhouse.declarations.models import Declaration
from keyhouse.keys.models import ApiKey
from keyhouse.sessions.listing import living
from keyhouse.sessions.models import BrowserSession
from keyhouse.web.call import Call


@dataclass(frozen=True)
class Affected:
    """How many live sessions and API keys have declared what a change makes them declare again.

    Where nothing is demanded so far, nobody has: these are all that live.
    """

    sessions: int
    keys: int
    is_everybody: bool

    @property
    def is_nobody(self) -> bool:
        """Tell whether the change concerns nobody at present."""
        return not (self.sessions or self.keys)

    def __str__(self) -> str:
        sessions = f"{self.sessions:,} browser session{'s'[: self.sessions != 1]}"
        return f"{sessions} and {self.keys:,} API key{'s'[: self.keys != 1]}"


def affected(call: Call) -> Affected:
    """Count whom a change in the folder of this call, and in those below it, concerns."""
    now = call.site.clock()
    sessions = BrowserSession.objects.filter(living(now, call.settings))
    keys = ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None, owner__isnull=False)
    if demanded_in(call.folder).demand.is_nothing:
        return Affected(sessions.count(), keys.count(), is_everybody=True)
    made = _declarations(call.folder)
    declared = sessions.filter(public_id__in=made.filter(key=None).values("session_id"))
    return Affected(declared.count(), keys.filter(id__in=made.exclude(key=None).values("key_id")).count(), False)


def below(call: Call, level: Assurance) -> Affected:
    """Count the live sessions and API keys behind which there is a weaker sign-in than this."""
    now, weaker = call.site.clock(), Q(assurance=None) | Q(assurance__lt=level)
    sessions = BrowserSession.objects.filter(weaker, living(now, call.settings))
    keys = ApiKey.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), weaker, revoked_at=None, owner__isnull=False
    )
    return Affected(sessions.count(), keys.count(), is_everybody=False)


def _declarations(folder: Folder) -> "QuerySet[Declaration]":
    below = f"{folder.lower_path.rstrip('/')}/"
    here = Q(scope_id=demanded_in(folder).scope_id) | Q(scope=folder)
    return Declaration.objects.filter(here | Q(scope__lower_path__startswith=below))
