"""Browser sessions: only the digest of the cookie at rest, made-up cookies never adopted, a new cookie at sign-in."""
