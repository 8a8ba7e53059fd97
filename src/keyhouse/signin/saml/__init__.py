"""Sign-in with SAML 2.0: `method` is where to begin; what only needs no library can be imported without one."""
