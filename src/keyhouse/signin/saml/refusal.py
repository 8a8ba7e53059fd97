"""Why a message of a SAML provider is not believed. Needs no library, so that pages can tell of it without one."""


class Refused(Exception):
    """A message that is not believed; the text says exactly why, for the log."""
