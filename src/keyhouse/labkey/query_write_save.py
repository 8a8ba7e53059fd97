"""The controller ``query``, several commands at once (client-api.md, section 8.4)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyhouse.labkey import query_write_request
from keyhouse.labkey.query_move import MoveCommand, prepare_move
from keyhouse.labkey.query_write import MAY_ENTER
from keyhouse.labkey.query_write_command import VERBS, Command, finish, prepare
from keyhouse.labkey.query_write_errors import BatchError, is_tolerant
from keyhouse.labkey.query_write_request import exact_body
from keyhouse.labkey.query_write_values import on_wire
from keyhouse.schemas.writing import Change, changing, in_folder_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound

actions = ActionTable()
_MOST_COMMANDS = 1000
AnyCommand = Command | MoveCommand


class _Undone(Exception):
    """Nothing is to be committed; not an error."""


@actions.add("query-saveRows", methods=("POST",), any_of=MAY_ENTER)
def save_rows(call: Call) -> dict[str, Any]:
    """Carry out commands on several tables of one database, together or (`transacted` false) one by one."""
    body = exact_body(call)
    is_validated_only = query_write_request.flag(body.get("validateOnly"))
    results: list[dict[str, Any]] = []
    errors = 0
    for group in _groups(call, _commands(body), query_write_request.flag(body.get("transacted"), default=True)):
        errors += _carry_out(call, group, is_validated_only, results)
    answer: dict[str, Any] = {
        "committed": errors == 0 and not is_validated_only,
        "errorCount": errors,
        "result": results,
    }
    context = body.get("extraContext")
    return answer | ({"extraContext": on_wire(context)} if isinstance(context, dict) and context else {})


def _commands(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    commands = body.get("commands")
    if commands is None or commands == []:
        raise NotFound("Empty request")
    if not isinstance(commands, list) or not all(isinstance(each, dict) for each in commands):
        raise BadRequest("'commands' must be an array of objects.")
    if len(commands) > _MOST_COMMANDS:
        raise BadRequest(f"At most {_MOST_COMMANDS} commands are carried out at once.")
    return commands


def _command(call: Call, sent: Mapping[str, Any]) -> AnyCommand:
    verb, path = str(sent.get("command") or "").strip(), sent.get("containerPath")
    here = in_folder_of(call, path) if isinstance(path, str) and path.strip() else call
    if verb.lower() == "moverows":
        target_path = sent.get("targetContainerPath")
        return prepare_move(here, query_write_request.read_command(sent, "moveRows"), str(target_path or ""))
    if verb.lower() not in VERBS:
        raise BadRequest(f"Unknown command: '{verb[:100]}'. Use one of {', '.join([*VERBS.values(), 'moveRows'])}.")
    return prepare(here, query_write_request.read_command(sent, VERBS[verb.lower()]))


def _groups(call: Call, sent: Sequence[Mapping[str, Any]], is_transacted: bool) -> Iterator[list[AnyCommand]]:
    """Yield the commands of each transaction; those that stand alone are not looked at before their turn."""
    if not is_transacted:
        yield from ([_command(call, each)] for each in sent)
        return
    commands = [_command(call, each) for each in sent]
    if any(command.target.source is not commands[0].target.source for command in commands):
        # No transaction spans two databases.
        raise BadRequest("All queries must be from the same source database")
    yield commands


def _carry_out(call: Call, commands: Sequence[AnyCommand], is_validated_only: bool, results: list[Any]) -> int:
    """Carry out commands in one transaction, add their answers to `results`, and count the errors."""
    answers: list[dict[str, Any]] = []
    errors = 0
    try:
        with changing(call, commands[0].target.source) as change:
            for answer, count in _answers(change, commands):
                answers.append(answer)
                errors += count
            if errors or is_validated_only:
                raise _Undone
    except _Undone:
        # What was not committed is no data of the table.
        results += [{name: value for name, value in answer.items() if name != "rows"} for answer in answers]
        return errors
    results += [finish(change, command, answer) for command, answer in zip(commands, answers, strict=True)]
    return 0


def _answers(change: Change, commands: Sequence[AnyCommand]) -> Iterator[tuple[dict[str, Any], int]]:
    for command in commands:
        try:
            yield command.carry_out(change), 0
        except BatchError as error:
            if not is_tolerant(command.call):
                raise
            names = {"schemaName": command.target.schema.name, "queryName": command.target.table.name}
            told = {"success": False, "exception": error.text, **error.extra}
            yield {**names, "command": command.request.verb, "errors": told}, error.count
