"""The controller ``property``: guess the fields of a domain from a file (client-api.md, section 14)."""

from typing import Any, BinaryIO, cast

from keyhouse.core.permissions import Permission
from keyhouse.tabular import TabularError, infer, read, rows_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()


@actions.add("property-inferDomain", methods=["POST"], permission=Permission.READ, takes_files=True)
def infer_domain(call: Call) -> dict[str, Any]:
    """Guess the fields from the one file that is sent, under whatever name its part has."""
    files = list(call.parameters.files.values())
    if len(files) != 1:
        raise BadRequest("Send one file with the rows, as a part of a multipart request.")
    sent = files[0]
    try:
        with read(cast(BinaryIO, sent.file), sent.name or "", sent.content_type or "") as sheet:
            found = infer(sheet.header, rows_of(sheet))
    except TabularError as error:
        raise BadRequest(str(error)) from None
    return {"success": True, "fields": [{"name": each.name, "rangeURI": each.range_uri} for each in found]}
