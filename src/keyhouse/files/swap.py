"""Put a new thing in the place of an old one at one stroke, also where a plain rename cannot: over a directory."""

import ctypes
import errno
import os
from functools import cache
from pathlib import Path
from typing import Any

_HERE = -100  # AT_FDCWD: a path means what it says
_EXCHANGE = 2  # RENAME_EXCHANGE, renameat2(2)
_CANNOT = frozenset({errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.EOPNOTSUPP})


def put(new: Path, place: Path, aside: Path) -> None:
    """Put `new` in a place; what was there is at `aside` afterwards, where nothing was nothing is. Raises `OSError`.

    At no moment is the place empty, so that a crash loses neither. On file systems that cannot swap, a crash can leave
    the old at `aside` and the place empty; nothing is lost there either.
    """
    if not os.path.lexists(place):
        new.replace(place)
    elif _swapped(new, place):
        new.replace(aside)
    else:
        place.replace(aside)
        try:
            new.replace(place)
        except OSError:
            aside.replace(place)
            raise


def _swapped(one: Path, other: Path) -> bool:
    call = _renameat2()
    if call is None:
        return False
    if call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(other))


@cache
def _renameat2() -> Any:
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return None
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return call
