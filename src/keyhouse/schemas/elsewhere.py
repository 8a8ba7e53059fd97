"""What a caller sees from another folder: a lookup may name the folder that its table is in."""

from keyhouse.authz import folders as tree
from keyhouse.authz.models import Folder
from keyhouse.web.call import Call


def call_for(call: Call, container: str) -> Call | None:
    """Return the call from the folder that a lookup names as its container, the call itself where it names none.

    None where there is no such folder, or the caller may not read it: the two look alike.
    """
    if not container.strip():
        return call
    folder = folder_named(container)
    if folder is None or folder.id == call.folder.id:
        return call if folder else None
    return call.in_folder(folder) if call.may_read_data(folder) else None


def folder_named(container: str) -> Folder | None:
    """Return the folder that a lookup names, if it names one that is there; who may read it is not asked."""
    # Whoever designs a list writes any text: no database takes a NUL or half a surrogate pair.
    if not container.strip() or not container.isprintable():
        return None
    try:
        return tree.find(container)
    except tree.FolderError:
        return None
