"""Sign-in with CAS: `method` is where to begin."""
