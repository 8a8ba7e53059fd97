"""What is wrong with a request about lists becomes an answer with the original's status (client-api.md, section 14)."""

from collections.abc import Iterator
from contextlib import contextmanager

from keyhouse.labkey.form_errors import FormError
from keyhouse.lists.errors import BadDesign, ListError, ListNotFound, Misused, NotOffered
from keyhouse.schemas.errors import told
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound, WireError

_STATUS = {Misused: 500, NotOffered: 501}


@contextmanager
def answered(call: Call) -> Iterator[None]:
    """Turn errors of lists and of their database into answers; raises `WireError`."""
    try:
        with told(call):
            yield
    except BadDesign as error:
        raise FormError(str(error), error.field or "_form") from None
    except ListNotFound as error:
        raise NotFound(str(error)) from None
    except ListError as error:
        raise WireError(str(error), status=_STATUS.get(type(error), 500)) from None
