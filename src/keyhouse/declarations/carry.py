"""Let a new API key have the declarations in force where it comes from, in the transaction that issues it."""

from collections.abc import Callable
from datetime import datetime

from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.declarations.kept import Kept
from keyhouse.declarations.models import Declaration
from keyhouse.keys.models import ApiKey


class Carrying:
    """Carries declarations to new keys; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._kept = Kept(recorder, clock)

    def __call__(self, key: ApiKey, caller: Caller, replaced: ApiKey | None) -> None:
        """Carry to `key` what was declared for the key that it replaces, in the session it is issued in, or by a key.

        Whoever has no session and no key, as an operator at the command line, has declared nothing to carry.
        """
        owner = key.owner
        if owner is None:
            return
        for each in _in_force(caller, replaced):
            # An operator may issue a key to somebody else, who has declared nothing yet.
            if each.user_id == owner.id:
                self._kept.copy(each, key, owner, caller)


def _in_force(caller: Caller, replaced: ApiKey | None) -> list[Declaration]:
    rows = Declaration.objects.select_related("scope").order_by("scope_id", "-version", "-id")
    if replaced is not None:
        rows = rows.filter(key=replaced)
    elif caller.via.session_id is not None:
        rows = rows.filter(session_id=caller.via.session_id, key=None)
    elif caller.via.key_id is not None:
        rows = rows.filter(key__key_id=caller.via.key_id)
    else:
        return []
    latest: dict[int, Declaration] = {}
    for row in rows:
        latest.setdefault(row.scope_id, row)
    return list(latest.values())
