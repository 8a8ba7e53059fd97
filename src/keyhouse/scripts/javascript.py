"""A script element for a page of this server, or of one that loads its client library."""

from keyhouse.scripts.operators import JAVASCRIPT
from keyhouse.scripts.quoting import javascript as text
from keyhouse.scripts.selection import ScriptFilter, Selection, commented

_AFTER = """\
    success: onSuccess,
    failure: onError
});

function onSuccess(results) {
    var data = '';
    var length = Math.min(10, results.rows.length);

    // The first ten rows, as text
    for (var index = 0; index < length; index++) {
        var row = results.rows[index];

        for (var column in row)
            if (row[column] && row[column].value !== undefined)
                data = data + row[column].value + ' ';

        data = data + '\\n';
    }

    alert(data);
}

function onError(errorInfo) {
    alert(errorInfo.exception);
}
</script>
"""


def write_javascript(rows: Selection) -> str:
    """Write the script."""
    note = "In a page of the server it acts as who is signed in there; in Node it takes the netrc file."
    head = commented(rows.preface(note), "//")
    return "\n".join(
        ['<script type="text/javascript">', *head, "", "LABKEY.Query.selectRows({", *_options(rows), _AFTER]
    )


def _options(rows: Selection) -> list[str]:
    options = [
        "requiredVersion: 9.1",
        f"containerPath: {text(rows.place.folder)}",
        f"schemaName: {text(rows.schema)}",
        f"queryName: {text(rows.query)}",
        *([f"viewName: {text(rows.view)}"] if rows.view else []),
        *([f"columns: {text(','.join(rows.columns))}"] if rows.columns else []),
        f"filterArray: {_filters(rows.filters)}",
        *([f"sort: {text(rows.sort)}"] if rows.sort else []),
        *([f"containerFilter: {text(rows.container_filter)}"] if rows.container_filter else []),
        *(
            [f"parameters: {{{', '.join(f'{text(name)}: {text(value)}' for name, value in rows.parameters)}}}"]
            if rows.parameters
            else []
        ),
        *(["ignoreFilter: true"] if rows.ignores_view_filter else []),
    ]
    return [f"    {each}," for each in options]


def _filters(filters: tuple[ScriptFilter, ...]) -> str:
    if not filters:
        return "null"
    return "[\n" + ",\n".join(f"        {_filter(each)}" for each in filters) + "\n    ]"


def _filter(each: ScriptFilter) -> str:
    kind = (
        f"LABKEY.Filter.Types.{JAVASCRIPT[each.op]}"
        if each.op in JAVASCRIPT
        else f"LABKEY.Filter.getFilterTypeForURLSuffix({text(each.op)})"
    )
    return f"LABKEY.Filter.create({text(each.column)}, {text(each.value)}, {kind})"
