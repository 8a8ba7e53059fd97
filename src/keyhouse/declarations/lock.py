"""One change of what a folder demands, or declaration of it, at a time: whoever signs, signs what holds."""

from keyhouse.authz.models import Folder
from keyhouse.declarations.fetch import paths_to


def lock(folder: Folder) -> None:
    """Hold a folder, and all above it, until the transaction ends.

    Always in one order, so that two never wait for each other. SQLite has one writer at a time anyway.
    """
    held = Folder.objects.select_for_update(no_key=True).filter(lower_path__in=paths_to(folder.lower_path))
    list(held.order_by("id").values_list("id", flat=True))
