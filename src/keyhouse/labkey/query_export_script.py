"""The controller ``query``, a script that reads the rows of a grid (labkey-server.md, section 10.2)."""

from collections.abc import Iterator

from django.http import HttpResponse

from keyhouse.audit import Kind
from keyhouse.labkey.query_export_request import Asked, ask
from keyhouse.labkey.select_request import region_of
from keyhouse.schemas.scripting import rows_for_script
from keyhouse.scripts.languages import LANGUAGES
from keyhouse.scripts.selection import ScriptFilter, Selection, sort_text
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

actions = ActionTable()


@actions.add("query-exportScript", is_file=True, is_csrf_exempt=True)
def export_script(call: Call) -> HttpResponse:
    """Write a script in the language that `scriptType` names; it holds no key."""
    asked = ask(call)
    kind = call.parameters.text("scriptType").strip()
    if not kind:
        raise NotFound("Missing required parameter: scriptType.")
    language = LANGUAGES.get(kind.lower())
    if language is None:
        raise NotFound(f"Export script type not found: {kind[:30]}")
    script = language.write(_selection(call, asked))
    call.record(
        Kind.SCRIPT_EXPORTED,
        f"Exported to script type {language.type}",
        schema=asked.schema_name,
        query=asked.table.name,
    )
    response = HttpResponse(script.encode("utf-8", "replace"), content_type="text/plain;charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _selection(call: Call, asked: Asked) -> Selection:
    request = asked.request
    return rows_for_script(
        call,
        asked.schema_name,
        asked.table,
        asked.query.columns,
        view=request.view_name,
        filters=tuple(ScriptFilter(each.column, each.op.lower(), each.value) for each in request.filters),
        sort=sort_text(request.sort),
        container_filter=request.container_filter,
        parameters=tuple(_parameters(call)),
        ignores_view_filter=request.ignores_view_filter,
    )


def _parameters(call: Call) -> Iterator[tuple[str, str]]:
    start = f"{region_of(call.parameters)}.param."
    for name, value in call.parameters:
        if name.lower().startswith(start.lower()) and isinstance(value, str | int | float):
            yield name[len(start) :], str(value)
