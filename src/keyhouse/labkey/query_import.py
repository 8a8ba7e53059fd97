"""The controller ``query``, rows from a file or a text (client-api.md, section 8.6).

Whatever is wrong with the rows is answered with status 200 and `success` false, as the original does. Its clients are
told of one row; `rowErrors` (ours) has all of them.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.data.write import Fault
from keyhouse.labkey.query_import_rows import InsertOption, Loaded, Loader, RowsRefused
from keyhouse.labkey.query_write import MAY_ENTER
from keyhouse.labkey.query_write_audit import Auditing, Changes
from keyhouse.labkey.query_write_errors import RowError
from keyhouse.labkey.select_request import required
from keyhouse.schemas.alternate_keys import AlternateKeys
from keyhouse.schemas.writing import RefusedByDatabase, Target, changing, refuse, target_of
from keyhouse.tabular import Sheet, TabularError, read
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, WireError

actions = ActionTable()
_LACKING = {
    Permission.INSERT: "User does not have permission to insert rows",
    Permission.UPDATE: "User does not have permission to update rows",
    Permission.ADMIN: "Only administrators can import the numbers of rows",
}


class ImportFailed(WireError):
    """Nothing was imported: status 200, `errors` an object for the request as a whole, a list for its rows."""

    status = 200

    def __init__(self, errors: list[RowError] | str) -> None:
        if isinstance(errors, str):
            super().__init__(errors, {"errorCount": 1, "errors": {"_form": errors}})
            return
        told = {"errorCount": 1, "errors": [errors[0].body()], "rowErrors": [_brief(error) for error in errors]}
        super().__init__(errors[0].text, told)


@dataclass(frozen=True)
class ImportRequest:
    """How rows are to be imported."""

    option: InsertOption
    auditing: Auditing
    takes_numbers: bool
    by_alternate_key: bool


@actions.add("query-import", methods=("POST",), any_of=MAY_ENTER, takes_files=True)
def import_data(call: Call) -> dict[str, Any]:
    """Import the rows of a file or a text, all or none."""
    request = _read(call)
    target = _target(call, request)
    with _sheet(call) as sheet:
        return _import(request, target, sheet)


def _import(request: ImportRequest, target: Target, sheet: Sheet) -> dict[str, Any]:
    resolve = AlternateKeys(target.call)
    options = {"resolve": resolve} if request.by_alternate_key else {}
    with changing(target.call, target.source) as change:
        intake = target.intake(change.transaction, True, takes_numbers=request.takes_numbers, **options)
        columns = intake.known(sheet.header)
        if not intake.names_any(sheet.header):
            raise ImportFailed(f"None of the columns of the data is a column of '{target.table.name}'.")
        writer = target.writer(change.transaction)
        loaded = Loader(intake, writer, request.option).load(sheet)
        if request.takes_numbers:
            writer.count_on()
        total = loaded.inserted + loaded.updated
        details = request.auditing.described("import", total, columns, Changes(()))
        counts = {"option": request.option.value, "inserted": loaded.inserted, "updated": loaded.updated}
        asked = {"lookups": resolve.tables} if resolve.tables else {}
        change.note(target, f"{total} rows imported.", {**details, **counts, **asked})
    answer: dict[str, Any] = {"success": True, "rowCount": total}
    if request.auditing.is_told:
        answer |= {"transactionAuditId": change.sequence, "reselectRowCount": _has_both(loaded)}
    ignored = intake.unknown(sheet.header)
    return answer | ({"ignoredColumns": ignored} if ignored else {})


def _read(call: Call) -> ImportRequest:
    parameters = call.parameters
    name = parameters.text("insertOption").strip().upper() or InsertOption.IMPORT.value
    if name not in InsertOption.__members__:
        raise BadRequest(f"'insertOption' must be one of {', '.join(InsertOption)}.")
    option = InsertOption[name]
    if parameters.flag("importIdentity"):
        option = InsertOption.IMPORT_IDENTITY
    return ImportRequest(
        option=option,
        auditing=Auditing.of(parameters.raw),
        takes_numbers=option is InsertOption.IMPORT_IDENTITY,
        by_alternate_key=parameters.flag("importLookupByAlternateKey")
        or parameters.text("lookupResolutionType").lower().startswith("alternate"),
    )


def _target(call: Call, request: ImportRequest) -> Target:
    names = [required(call.parameters, name, f"query.{name}") for name in ("schemaName", "queryName")]
    wanted = [*request.option.permissions, *([Permission.ADMIN] if request.takes_numbers else [])]
    for permission in wanted:
        if not call.may(permission):
            refuse(call, None if call.principal.is_guest else ImportFailed(_LACKING[permission]))
    return target_of(call, names[0], names[1])


@contextmanager
def _sheet(call: Call) -> Iterator[Sheet]:
    """Open what was sent, from the first of the places where the original looks for it."""
    parameters = call.parameters
    text, path = parameters.text("text"), parameters.text("path").strip()
    file = parameters.files.get("file")
    source: Any
    if text.strip():
        ending = "csv" if parameters.text("format").strip().lower() == "csv" else "tsv"
        source, name, content_type = io.BytesIO(text.encode("utf-8", "surrogatepass")), f"upload.{ending}", ""
    elif path:
        raise ImportFailed(f"File not found: {path[:1000]}")
    elif parameters.text("moduleResource").strip():
        # There are no modules, so none is found, which the original says in these words.
        raise ImportFailed("Module required to import module resource")
    elif file is None or file.file is None or not file.size:
        raise ImportFailed("Form contains no data")
    elif parameters.flag("useAsync"):
        raise ImportFailed("Importing in background currently is not supported for this table")
    else:
        source, name, content_type = file.file, file.name or "", file.content_type or ""
    with _refusals(), read(source, name, content_type) as sheet:
        yield sheet


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except RowsRefused as refused:
        raise ImportFailed(refused.errors) from None
    except RefusedByDatabase as error:
        raise ImportFailed([RowError([Fault(error.text)])]) from None
    except TabularError as error:
        raise ImportFailed([RowError([Fault(str(error))], error.row)]) from None


def _has_both(loaded: Loaded) -> bool:
    return bool(loaded.inserted and loaded.updated)


def _brief(error: RowError) -> dict[str, Any]:
    told = "; ".join(fault.text for fault in error.faults)
    return {"rowNumber": error.number, "exception": told}
