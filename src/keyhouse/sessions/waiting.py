"""What waits in a browser's session for its person to come back: for some minutes, and no longer."""

from datetime import datetime, timedelta

from keyhouse.core.decision import CLOCK_TOLERANCE


def still_waits(since: datetime, now: datetime, life: timedelta) -> bool:
    """Tell whether what was kept at a moment may still be taken up; the node that kept it may be a little ahead."""
    return -CLOCK_TOLERANCE <= now - since < life
