"""Which browser sessions live, and how long yet: what lists show of them is what the door would say."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from keyhouse.core.decision import CLOCK_TOLERANCE, SessionLife
from keyhouse.sessions.models import BrowserSession
from keyhouse.siteconfig import SiteSettings


def living(now: datetime, settings: SiteSettings) -> Q:
    """Find the sessions in which somebody is signed in, and that the door lets in at this moment."""
    idle_since = now - timedelta(seconds=settings.session_idle_seconds)
    ahead = now + CLOCK_TOLERANCE
    there = Q(last_seen_at__gt=idle_since)
    if settings.session_keys_may_keep_alive:
        there = (there | Q(kept_at__gt=idle_since)) & ~Q(kept_at__gt=ahead)
    stands = Q(user__is_active=True, generation=F("user__session_generation"), ends_at__gt=now)
    return stands & there & Q(last_seen_at__lte=ahead, created_at__lte=ahead)


def life_of(session: BrowserSession, settings: SiteSettings) -> SessionLife:
    """Return how long a session still lives."""
    idle = timedelta(seconds=settings.session_idle_seconds)
    kept_at = session.kept_at if settings.session_keys_may_keep_alive else None
    there_at = max(session.last_seen_at, kept_at) if kept_at else session.last_seen_at
    return SessionLife(there_at + idle, session.ends_at, idle)
