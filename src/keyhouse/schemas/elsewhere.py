"""What a caller sees from another folder: a lookup may name the folder that its table is in."""

from dataclasses import replace

from keyhouse.authz import folders as tree
from keyhouse.authz.models import Folder
from keyhouse.core.permissions import Permission
from keyhouse.data import Lookup
from keyhouse.web.call import Call

_CACHED = ("rights", "settings", "parameters", "caller")


def moved(call: Call, folder: Folder) -> Call:
    """Return the same call from another folder; whether the caller may read there is not asked."""
    there = replace(call, folder=folder)
    there.__dict__.update({name: call.__dict__[name] for name in _CACHED if name in call.__dict__})
    return there


def call_for(call: Call, lookup: Lookup) -> Call | None:
    """Return the call from the folder that a lookup names, the call itself where it names none.

    None where there is no such folder, or the caller may not read it: the two look alike.
    """
    if not lookup.container.strip():
        return call
    try:
        folder = tree.find(lookup.container)
    except tree.FolderError:
        return None
    if folder.id == call.folder.id:
        return call
    return moved(call, folder) if call.may(Permission.READ, folder) else None
