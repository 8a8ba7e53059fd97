"""Mails about accounts: sent aside where that takes time, which would tell who has one."""

import logging
import threading

from django.core.mail import send_mail

log = logging.getLogger("keyhouse.signin")


class Mailing:
    """Sends mails to single people; `is_slow` where it talks to a mail server."""

    def __init__(self, is_slow: bool = False) -> None:
        self._is_slow = is_slow

    def send(self, subject: str, text: str, address: str) -> None:
        """Send a mail; that it cannot be sent is in the server's log, and never in an answer."""
        if self._is_slow:
            threading.Thread(target=_deliver, args=(subject, text, address), name="account mail").start()
        else:
            _deliver(subject, text, address)


def _deliver(subject: str, text: str, address: str) -> None:
    try:
        send_mail(subject, text, None, [address], fail_silently=False)
    except OSError:
        # Not an answer to the visitor: an error would tell that the account exists.
        log.exception("The mail with a link for %s could not be sent; check smtp_url", address)
