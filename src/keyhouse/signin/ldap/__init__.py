"""Sign-in with the password of a directory: `method` is where to begin."""
