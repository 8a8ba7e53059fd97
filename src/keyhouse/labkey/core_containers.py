"""The controller ``core``: create, delete and move folders (client-api.md, section 12)."""

from typing import Any

from keyhouse.accounts.names import AccountError
from keyhouse.authz import folders
from keyhouse.authz.folder_names import check_name
from keyhouse.authz.folders import FolderError, FolderNotFound, FolderTaken
from keyhouse.authz.impersonated import rights_acting
from keyhouse.authz.models import Folder
from keyhouse.core.permissions import Permission
from keyhouse.labkey.containers import MODULES, described
from keyhouse.labkey.form_errors import FormError
from keyhouse.labkey.refusals import lacking
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, WireError

actions = ActionTable()
FOLDER_TYPES = {
    "Collaboration": "Data, people and permissions; what every folder of this server is.",
    "None": "A folder without a type of its own; here the same as Collaboration.",
}
_WORKBOOK = "Workbooks are not available on this server. Create a folder instead: leave isWorkbook out."


@actions.add("core-createContainer", methods=("POST",), needs_sign_in=True)
def create_container(call: Call) -> dict[str, Any]:
    """Create a folder in the folder of the URL; a client may send every key, null where it has nothing to say."""
    if call.parameters.flag("isWorkbook") or call.parameters.text("type").lower() == "workbook":
        raise BadRequest(_WORKBOOK)
    kind = call.parameters.text("type").strip().lower()
    if kind not in {"", "normal", "folder", "project"}:
        raise BadRequest(f"Unknown container type: {kind[:100]}")
    _check_modules(call)
    return described_now(call, add_folder(call))


def add_folder(call: Call) -> Folder:
    """Add the folder that the parameters describe; `FolderTaken` is 500 on the wire, as clients know it."""
    if not call.may(Permission.ADMIN):
        raise lacking(call, "Insufficient permissions to create subfolders. Administrate permission required.")
    text = call.parameters.text
    name = text("name").strip()
    try:
        # Before name and path are joined: a slash in the name would make it a path.
        check_name(name, is_project=call.folder.is_root)
        return call.site.folders.add(
            f"{call.folder.path.rstrip('/')}/{name}",
            call.caller,
            title=text("title"),
            description=text("description"),
            folder_type=text("folderType"),
        )
    except FolderTaken as error:
        raise WireError(str(error)) from None
    except FolderError as error:
        raise BadRequest(str(error)) from None


def described_now(call: Call, folder: Folder) -> dict[str, Any]:
    """Return the container object with the rights that hold after the change."""
    return described(folder, rights_acting(call.principal, call.allowed.context.impersonation), call.context_path)


@actions.add("core-deleteContainer", methods=("POST",), permission=Permission.DELETE)
def delete_container(call: Call) -> dict[str, Any]:
    """Delete the folder of the URL and all below it; the answer is an empty object."""
    folder = call.folder
    if folder.lower_path in folders.KEPT_PATHS:
        raise FormError(f"The path {folder.path} is not deletable.")
    for each in [folder, *folders.descendants(folder)]:
        if not call.may(Permission.ADMIN, each):
            raise lacking(call, "Insufficient permissions to delete folder. Administrate permission required.")
    try:
        call.site.folders.delete(folder, call.caller, call.parameters.text("comment").strip())
    except (FolderError, AccountError) as error:
        raise FormError(str(error)) from None
    return {}


@actions.add("core-moveContainer", methods=("POST",), permission=Permission.ADMIN)
def move_container(call: Call) -> dict[str, Any]:
    """Put a folder under another parent, with all that is below it."""
    target = _place(call, "container", "A target container must be specified for move operation.", "Container")
    if target.is_root or target.is_project:
        raise FormError("Cannot move project/root Containers.")
    parent = _place(call, "parent", "A parent container must be specified for move operation.", "Parent container")
    for folder in (target, parent, *folders.descendants(target)):
        call.require(Permission.ADMIN, folder)
    # Where it goes to may demand less: whoever takes data there says first what for.
    call.in_folder(target).require_declaration()
    _keep_phi_closed(call, target)
    if target.parent_id == parent.id:
        return {"success": True, "newPath": target.path}
    try:
        call.site.folders.move(target, parent, call.caller, call.parameters.flag("addAlias", default=True))
    except FolderTaken:
        raise FormError(f"Subfolder of '{parent.path}' with name '{target.name}' already exists.") from None
    except FolderError as error:
        raise FormError(str(error)) from None
    return {"success": True, "newPath": target.path}


def _keep_phi_closed(call: Call, target: Folder) -> None:
    """Refuse to move a folder away from who guards its PHI: elsewhere no role, or one of the mover's, may show it."""
    moved = [target, *folders.descendants(target)]
    guarded = [each.id for each in moved if call.in_folder(each).standing.demand.requires_phi_roles]
    if not call.rights.may_open_phi_of(guarded):
        raise lacking(call, "Only who may see all PHI of a folder, or administers the site, may move it.")


@actions.add("core-getFolderTypes", permission=Permission.READ, is_csrf_exempt=True)
def get_folder_types(_call: Call) -> dict[str, Any]:
    """Tell which types a folder may have; others are kept as they were sent, and change nothing."""
    return {
        name: {
            "name": name,
            "label": name,
            "description": description,
            "defaultModule": MODULES[0],
            "activeModules": list(MODULES),
            "workbookType": False,
            "hasRestrictedModule": False,
            "isProjectOnlyType": False,
            "requiredWebParts": [],
            "preferredWebParts": [],
        }
        for name, description in FOLDER_TYPES.items()
    }


@actions.add("core-saveModuleProperties", methods=("POST",), permission=Permission.ADMIN)
def save_module_properties(call: Call) -> dict[str, Any]:
    """Refuse properties by name: no module of this server has any, so there is nothing that could be kept."""
    for wanted in call.parameters.all("properties"):
        if not isinstance(wanted, dict):
            raise FormError("properties must be a list of objects with moduleName and propName.")
        module, name = str(wanted.get("moduleName", ""))[:100], str(wanted.get("propName", ""))[:100]
        if module.lower() not in {each.lower() for each in MODULES}:
            raise FormError(f"Unknown module: {module}")
        raise FormError(f"Invalid property: {name}: the module {module} has no properties on this server.")
    return {"success": True}


def _check_modules(call: Call) -> None:
    known = {module.lower() for module in MODULES}
    for module in call.parameters.all("ensureModules", "ensuredModules"):
        if str(module).lower() not in known:
            raise NotFound(f"'{str(module)[:100]}' was not found.")


def _place(call: Call, name: str, missing: str, title: str) -> Folder:
    text = call.parameters.text(name).strip()
    if not text:
        raise FormError(missing)
    try:
        return folders.find(text)
    except FolderNotFound:
        raise FormError(f"{title} '{text[:200]}' does not exist.") from None
