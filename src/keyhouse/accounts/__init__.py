"""People, service accounts and groups: who can act, and who belongs to what."""
