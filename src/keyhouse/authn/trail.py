"""The authentication logger: at DEBUG it tells every step and the exact reason of each refusal, never a secret."""

import logging

from keyhouse.core.credentials import CookieCredential, KeyCredential, PasswordCredential, Presented
from keyhouse.core.decision import Allowed, Denied
from keyhouse.core.tokens import redacted

LOGGER_NAME = "org.labkey.api.security.SecurityManager.Authentication"
log = logging.getLogger(LOGGER_NAME)


def begin(presented: Presented, address: str) -> None:
    """Tell what the request presents: sources, user names and lengths."""
    if not log.isEnabledFor(logging.DEBUG):
        return
    log.debug("Authentication begins: request from %s", address or "an unknown address")
    for credential in presented.credentials:
        match credential:
            case KeyCredential(source=source, text=text):
                log.debug("   %s: a key of %d characters", source, len(text))
            case PasswordCredential(source=source, email=email, password=password):
                log.debug("   %s: %s and a password of %d characters", source, printable(email), len(password))
            case CookieCredential(source=source, text=text):
                log.debug("   %s: %d characters", source, len(text))
    for unreadable in presented.unreadable:
        log.debug("   %s: %s", unreadable.source, unreadable.detail)
    if not presented.credentials and not presented.unreadable:
        log.debug("   no credential presented")


def step(text: str, *values: object) -> None:
    """Tell one step."""
    log.debug("   " + text, *values)


def end(answer: Allowed | Denied) -> None:
    """Tell how it ended."""
    if isinstance(answer, Allowed):
        log.debug("Authentication ends: %s, through %s", answer.principal.email, answer.via.method)
        return
    key = f" (key id {answer.via.key_id})" if answer.via.key_id else ""
    owner = f", owner {answer.principal.email}" if not answer.principal.is_guest else ""
    log.debug("Authentication ends: refused, %s%s%s", answer.log_line, key, owner)


def printable(text: str) -> str:
    """Return a presented name without keys, and without control characters, which could forge a line of the log."""
    return "".join(character if character.isprintable() else "\ufffd" for character in redacted(text)[:254])
