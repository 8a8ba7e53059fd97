"""Errors that a handler raises and the dispatcher turns into an answer.

WireError                       status, text, and members to add to the body
├── BadRequest          400     the client's mistake
├── Unauthorized   401/403      nobody signed in / signed in and lacking
├── ImpersonationEnded 403      the door stopped an impersonation; the next request is the administrator's own
├── DeclarationRequired 401     signed in, but what the folder demands has not been declared; pages lead there
│   └── SignInLevelRequired     everything is declared, but the sign-in is not sure enough; the page says what to do
├── FreshSignInRequired 403     signed in too long ago for this; pages lead to where one proves to be there
├── NotFound            404
├── MethodNotAllowed    405
├── TooManyRequests     429     an address did this too often; the answer says when to come again
└── Unavailable         503     something we depend on is down
"""

from collections.abc import Iterable, Mapping
from typing import Any

from keyhouse.core.reasons import PERMISSION_TEXT, Reason

_OF_500: Mapping[str, Any] = {"exceptionClass": "org.labkey.api.action.ApiUsageException", "stackTrace": []}


class WireError(Exception):
    """An answer that is an error; its text is for the client to read."""

    status = 500

    def __init__(self, text: str, extra: Mapping[str, Any] | None = None, status: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.extra = dict(extra or {})
        self.status = status or self.status

    @property
    def members(self) -> dict[str, Any]:
        """Return what the body has besides the text: for a 500 also the members that clients read of the original's.

        The trace is empty: a user never sees one.
        """
        return {**_OF_500, **self.extra} if self.status == 500 else self.extra


class BadRequest(WireError):
    """The request is wrong."""

    status = 400


class Unauthorized(WireError):
    """The caller lacks a permission; the dispatcher makes it 401 with a challenge for a guest and 403 for a user."""

    status = 403

    def __init__(self, text: str = PERMISSION_TEXT) -> None:
        super().__init__(text)


class ImpersonationEnded(WireError):
    """The caller may not go on as somebody else, and is themselves again from the next request on."""

    status = 403

    def __init__(self, text: str) -> None:
        super().__init__(text, {"reason": Reason.IMPERSONATION_ENDED.value})


class DeclarationRequired(WireError):
    """The folder demands a declaration that is not there, or has lapsed; `url` is the whole address of the page."""

    status = 401
    reason = Reason.DECLARATION_REQUIRED

    def __init__(self, url: str, lacking: Iterable[str], text: str) -> None:
        super().__init__(text, {"reason": self.reason.value, "url": url, "lacking": sorted(lacking)})
        self.url = url


class SignInLevelRequired(DeclarationRequired):
    """The folder demands a surer sign-in than the one behind this call; `url` is where one proves more."""

    reason = Reason.SIGN_IN_LEVEL


class FreshSignInRequired(WireError):
    """The action wants to know that the person is still there; `url` is the whole address where they prove it."""

    status = 403

    def __init__(self, url: str) -> None:
        text = f"This needs a fresh sign-in: open {url} in the browser, prove that it is you, and try again."
        super().__init__(text, {"reason": Reason.FRESH_SIGN_IN.value, "url": url})
        self.url = url


class NotFound(WireError):
    """What is asked for is not there, or not for this caller."""

    status = 404


class UnknownAction(NotFound):
    """No such controller or action: HTML, whatever was asked for."""


class MethodNotAllowed(WireError):
    """The action does not take this method."""

    status = 405


class TooManyRequests(WireError):
    """An address did something too often; `seconds` later it may come again."""

    status = 429

    def __init__(self, text: str, seconds: int) -> None:
        super().__init__(text)
        self.seconds = seconds


class CsrfFailure(WireError):
    """The request could have been forged by another site."""

    status = 401


class Unavailable(WireError):
    """A database that this answer needs cannot be reached."""

    status = 503
