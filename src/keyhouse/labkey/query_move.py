"""The controller ``query``, moving rows of lists into another folder (client-api.md, section 8.3)."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from keyhouse.authz import folders
from keyhouse.authz.models import Folder
from keyhouse.core.permissions import Permission
from keyhouse.data.write import Key
from keyhouse.labkey import query_write_request
from keyhouse.labkey.query_write_audit import Changes
from keyhouse.labkey.query_write_command import Command, finish
from keyhouse.labkey.query_write_request import WriteRequest
from keyhouse.schemas.lists import ListTable
from keyhouse.schemas.phi import has_guarded
from keyhouse.schemas.writing import Change, Target, changing, refuse, target_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, WireError

actions = ActionTable()
_NO_TARGET = "A target container must be specified for the move operation."


@dataclass(frozen=True)
class MoveCommand:
    """Rows of a list that are to go to another folder; `into` is the same list there."""

    call: Call
    request: WriteRequest
    target: Target
    into: Target

    def carry_out(self, change: Change) -> dict[str, Any]:
        """Move the rows that are not there yet, from whatever folder each is in; all of those must be writable."""
        writer = self.target.writer(change.transaction)
        keys = self._keys(change)
        here = str(self.into.call.folder.entity_id)
        found = {key: folder for key, folder in writer.folders_of(keys).items() if folder != here}
        sources = self._sources(set(found.values()))
        # A row of a folder that is gone is nobody's to move.
        found = {key: folder for key, folder in found.items() if folder in sources}
        writer.move(list(found), here)
        events = self._note(change, sources, Counter(found.values()), len(found))
        return self._answer(len(found), events)

    def _keys(self, change: Change) -> list[Key]:
        intake = self.target.intake(change.transaction)
        if not all(intake.has_key(row.values) for row in self.request.rows):
            raise BadRequest("Key field value required for moving list rows.")
        read = Command(self.call, self.request, self.target).read_all(lambda row: intake.key(row.values))
        return list(dict.fromkeys(read))

    def _sources(self, ids: set[str]) -> dict[str, Target]:
        """Return the list in each folder that rows are taken from, if all of them may be taken there.

        Whoever may not see all of a row does not move it: to where they, or others, may see it.
        """
        there = Folder.objects.filter(entity_id__in=ids)
        found = {str(folder.entity_id): _elsewhere(self.target, folder) for folder in there}
        for source in found.values():
            if not source.call.may(Permission.UPDATE):
                refuse(source.call)
            source.call.require_declaration()
            if isinstance(source.table, ListTable) and has_guarded(source.call, source.table.design):
                text = f"You may not see all values of '{source.table.name}', so you cannot move its rows."
                refuse(source.call, BadRequest(f"{text} Ask somebody who may see them."))
        return found

    def _note(self, change: Change, sources: dict[str, Target], counts: Counter[str], total: int) -> int:
        details = self.request.auditing.described("moveRows", total, [], Changes(self.target.table.columns))
        for entity_id, source in sources.items():
            path, count = source.call.folder.path, counts[entity_id]
            change.note(source, f"Moved {count:,} rows to {self.into.call.folder.path}", {**details, "rows": count})
            change.note(self.into, f"Moved {count:,} rows from {path}", {**details, "rows": count})
        if not sources:
            change.note(self.into, "Moved 0 rows", details)
        return max(1, 2 * len(sources))

    def _answer(self, moved: int, events: int) -> dict[str, Any]:
        return {
            "success": True,
            "schemaName": self.target.schema.name,
            "queryName": self.target.table.name,
            "command": "moveRows",
            "containerPath": self.into.call.folder.path,
            "rowsAffected": moved,
            "updateCounts": {
                "fileAttachmentsMoved": 0,
                "listAuditEventsCreated": events if self.request.auditing.is_told and moved else 0,
                "listAuditEventsMoved": 0,
                "listRecords": moved,
                "queryAuditEventsMoved": 0,
            },
        }


@actions.add("query-moveRows", methods=("POST",), permission=Permission.READ)
def move_rows(call: Call) -> dict[str, Any]:
    """Move rows of a list into another folder of the same project."""
    path = call.parameters.text("targetContainerPath", "targetContainer").strip()
    if not path:
        if not call.may(Permission.READ):
            refuse(call)
        raise BadRequest(_NO_TARGET)
    command = prepare_move(call, query_write_request.read(call, "moveRows"), path)
    with changing(call, command.target.source) as change:
        answer = command.carry_out(change)
    return finish(change, command, answer)


def prepare_move(call: Call, request: WriteRequest, path: str) -> MoveCommand:
    """Find the list in both folders; raises `WireError` in the words of the original."""
    target = target_of(call, request.schema_name, request.query_name, Permission.READ)
    folder = _target_folder(path)
    into = _elsewhere(target, folder)
    if not into.call.may(Permission.INSERT):
        text = f"You do not have permission to move rows from '{target.table.name}' to the target container: {path}."
        refuse(into.call, BadRequest(text))
    into.call.require_declaration()
    if _project(folder) != _project(call.folder):
        raise BadRequest(f"Invalid target container for the move operation: {path}.")
    if not call.may(Permission.UPDATE):
        refuse(call)
    if not target.has_folders:
        raise WireError(f"The rows of '{target.table.name}' belong to no folder, so they cannot be moved.", status=400)
    if not _is_shown_in(target, into):
        raise BadRequest(f"List '{target.table.name}' is not accessible from folder {folder.path}.")
    return MoveCommand(call, request, target, into)


def _target_folder(path: str) -> Folder:
    if not path.strip():
        raise BadRequest(_NO_TARGET)
    try:
        return folders.find(path)
    except folders.FolderNotFound:
        raise BadRequest(f"The target container was not found: {path[:255]}.") from None


def _elsewhere(target: Target, folder: Folder) -> Target:
    return replace(target, call=target.call.in_folder(folder))


def _project(folder: Folder) -> str:
    return folder.path.strip("/").partition("/")[0].casefold()


def _is_shown_in(target: Target, into: Target) -> bool:
    try:
        found = target_of(into.call, target.schema.name, target.table.name)
    except (WireError, NotFound):
        return False
    return found.source is target.source and found.table.shape.storage == target.table.shape.storage
