"""Errors of attached databases become answers: the text says what to check, the log has the database's own words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from keyhouse.core.permissions import Permission
from keyhouse.data import (
    BadSourceUrl,
    BadValue,
    QueryTimedOut,
    SourceDown,
    SourceError,
    UnknownSource,
    UnknownTable,
)
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, Unavailable, WireError

log = logging.getLogger("keyhouse.data")


def wire_error(call: Call, error: SourceError) -> WireError:
    """Return the answer that says what is wrong with a source."""
    match error:
        case SourceDown() | BadSourceUrl():
            return Unavailable(_why_down(call, error))
        case QueryTimedOut():
            return WireError(str(error), status=504)
        case UnknownTable() | UnknownSource():
            return NotFound(str(error))
    return WireError(str(error))


def _why_down(call: Call, error: SourceError) -> str:
    # Where a database lies, and what its driver says, is for those who can mend it.
    if call.rights.may(Permission.SEE_ADMIN_PAGES):
        return f"{error}."
    return f"Source '{error.source}' is not available at present. Tell an administrator."


@contextmanager
def told(call: Call) -> Iterator[None]:
    """Turn what goes wrong while a source is read into an answer; raises `WireError`."""
    try:
        yield
    except BadValue as error:
        raise BadRequest(str(error)) from None
    except SourceError as error:
        log.warning("%s (%s)", error, error.detail or type(error).__name__)
        raise wire_error(call, error) from None
