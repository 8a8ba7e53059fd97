"""Values as databases give them back to statements that are written out, past the framework."""

from datetime import UTC, datetime


def stored_moment(value: datetime | str) -> datetime:
    """Return a stored moment as one that knows its zone: SQLite keeps UTC, as a text, without saying so."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
