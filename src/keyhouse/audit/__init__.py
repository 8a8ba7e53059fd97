"""The audit log: append-only, hash-chained, durable before the answer leaves."""

from keyhouse.audit.events import Event, Kind, Outcome

__all__ = ["Event", "Kind", "Outcome"]
