"""Sign-in with OpenID Connect: `method` is where to begin."""
