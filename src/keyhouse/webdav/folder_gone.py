"""The files of a folder that is deleted go with it, once that is certain."""

from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from keyhouse.authz.models import Folder
from keyhouse.core.caller import Caller
from keyhouse.files.places import FileRoot
from keyhouse.files.write import delete_home


def clearing_of(files_root: Path) -> Callable[[Folder, Caller], None]:
    """Return what deletes the files of a folder when the transaction in which the folder goes is committed."""
    root = FileRoot(files_root)

    def clear(folder: Folder, _caller: Caller) -> None:
        home = root.place(folder.entity_id).home
        transaction.on_commit(lambda: delete_home(home), robust=True)

    return clear
