"""API keys and session keys: issue, list, revoke. Only digests are stored."""
