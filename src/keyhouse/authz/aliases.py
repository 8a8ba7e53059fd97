"""The paths that folders had before they were renamed or moved: links to them lead on."""

from keyhouse.authz.models import Folder, FolderAlias


def keep(path: str, folder: Folder) -> None:
    """Note that this path led to this folder."""
    FolderAlias.objects.update_or_create(lower_path=path.lower(), defaults={"folder": folder})


def forget(path: str) -> None:
    """Let a path lead nowhere else: a folder takes its place."""
    FolderAlias.objects.filter(lower_path=path.lower()).delete()


def lead_on(path: str) -> str | None:
    """Return where an old path leads today, or None; what stood below a renamed folder is found below it."""
    parts = path.strip("/").split("/")
    known = ["/" + "/".join(parts[:length]) for length in range(len(parts), 0, -1)]
    found = {
        alias.lower_path: alias.folder.path
        for alias in FolderAlias.objects.filter(lower_path__in=[each.lower() for each in known]).select_related(
            "folder"
        )
    }
    for each in known:
        if each.lower() in found:
            return found[each.lower()].rstrip("/") + path.rstrip("/")[len(each) :]
    return None
