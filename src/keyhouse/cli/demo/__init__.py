"""``keyhouse demo``: a whole site on published data, read by the official client through a netrc file."""
