"""``keyhouse netrc``: what each client makes of a netrc file, what is wrong with it, and changes all read alike."""
