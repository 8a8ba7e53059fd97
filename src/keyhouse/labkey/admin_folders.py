"""The controller ``admin``: rename folders, create them by form, tell the modules (client-api.md, section 12)."""

from typing import Any

from keyhouse.authz.folders import FolderError, FolderTaken
from keyhouse.core.permissions import Permission
from keyhouse.labkey.containers import MODULES
from keyhouse.labkey.core_containers import add_folder, described_now
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()


@actions.add("admin-renameContainer", methods=("POST",), permission=Permission.ADMIN)
def rename_container(call: Call) -> dict[str, Any]:
    """Give the folder of the URL another name, title or both; a new name alone becomes the title too."""
    name, title = call.parameters.text("name").strip(), call.parameters.text("title").strip()
    if not name and not title:
        raise BadRequest("Please specify a name or a title.")
    folder = call.folder
    try:
        call.site.folders.rename(
            folder,
            name or folder.name,
            title or name,
            call.caller,
            keeps_alias=call.parameters.flag("addAlias", default=True),
        )
    except FolderTaken:
        where = "server" if folder.is_project else "parent folder"
        kind = "project" if folder.is_project else "folder"
        raise BadRequest(f"The {where} already has a {kind} with this name.") from None
    except FolderError as error:
        raise BadRequest(str(error)) from None
    return described_now(call, folder)


@actions.add("admin-createFolder", methods=("POST",), needs_sign_in=True)
def create_folder(call: Call) -> dict[str, Any]:
    """Create a folder in the folder of the URL; JSON in place of the original's page, which the client ignores."""
    return {"success": True, **described_now(call, add_folder(call))}


@actions.add("admin-createProject", methods=("POST",), needs_sign_in=True)
def create_project(call: Call) -> dict[str, Any]:
    """Create a project; the URL must be that of the root."""
    if not call.folder.is_root:
        raise BadRequest("A project is created in the root folder: call this API without a container path.")
    return {"success": True, **described_now(call, add_folder(call))}


@actions.add("admin-getModules", permission=Permission.READ, is_csrf_exempt=True)
def get_modules(call: Call) -> dict[str, Any]:
    """Tell the modules of the folder; both are part of every folder."""
    modules = [
        {
            "name": module,
            "tabName": module,
            "enabled": True,
            "active": True,
            "required": True,
            "requireSitePermission": False,
            "dependencies": [],
        }
        for module in MODULES
    ]
    return {"folderType": call.folder.folder_type, "modules": modules}
