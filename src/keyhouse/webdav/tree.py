"""The tree that WebDAV shows: folders that the caller may read, `@files` in each, and files below."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from keyhouse.authz import folders
from keyhouse.authz.folders import FolderNotFound
from keyhouse.authz.models import Folder
from keyhouse.core.permissions import Permission
from keyhouse.files.places import FileRoot, Place, UnsafeName
from keyhouse.files.quota import UNLIMITED, Quota
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

FILES = "@files"
MOUNT = "/_webdav"


@dataclass(frozen=True)
class Spot:
    """What a path below the mount names: a folder, or a place among the files of one."""

    folder: Folder
    place: Place | None

    @property
    def path(self) -> str:
        """The path below the mount, in its one spelling."""
        folder = self.folder.path.rstrip("/")
        return folder or "/" if self.place is None else "/".join((folder, FILES, *self.place.parts))


@dataclass
class Tree:
    """The tree as the caller of one request may see it."""

    call: Call

    @cached_property
    def root(self) -> FileRoot:
        """Where files lie."""
        return FileRoot(self.call.site.boot.files_root)

    def find(self, path: str) -> Spot | None:
        """Return what a path names, whether or not a file is there; None where there is no such folder.

        Raises `BadRequest` for a name that no file may have.
        """
        parts = [part for part in path.split("/") if part]
        at = next((index for index, part in enumerate(parts) if part.lower() == FILES), len(parts))
        try:
            folder = folders.find("/" + "/".join(parts[:at]))
            return Spot(folder, None if at == len(parts) else self.root.place(folder.entity_id, parts[at + 1 :]))
        except FolderNotFound:
            return None
        except UnsafeName as error:
            raise BadRequest(str(error)) from None

    def may_see(self, folder: Folder) -> bool:
        """Tell whether the caller may read a folder, or one below it: the way to that one leads through."""
        readable = self.call.rights.folders_with(Permission.READ)
        if folder.id in readable:
            return True
        start = folder.lower_path.rstrip("/") + "/"
        return Folder.objects.filter(id__in=readable, lower_path__startswith=start).exists()

    def subfolders(self, folder: Folder) -> list[Folder]:
        """Return the folders in a folder that the caller may see."""
        return [child for child in Folder.objects.filter(parent=folder).order_by("name") if self.may_see(child)]

    def quota(self, folder: Folder) -> Quota:
        """Return how many bytes the files of a folder may have."""
        megabytes = self.call.settings.files_quota_megabytes
        home = self.root.place(folder.entity_id).home
        return Quota(home, UNLIMITED if megabytes < 0 else megabytes * 1024 * 1024)

    def url(self, spot: Spot, is_directory: bool) -> str:
        """Write the address of a spot on this server."""
        path = quote(spot.path.rstrip("/"))
        return f"{self.call.context_path}{MOUNT}{path}{'/' if is_directory else ''}"
