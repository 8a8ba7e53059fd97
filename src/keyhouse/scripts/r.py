"""A script for R with the package Rlabkey."""

from keyhouse.scripts.operators import PROGRAMMATIC
from keyhouse.scripts.quoting import r as text
from keyhouse.scripts.selection import ScriptFilter, Selection, commented


def write_r(rows: Selection) -> str:
    """Write the script."""
    head = commented(rows.preface("Once: install.packages('Rlabkey')"), "##")
    return "\n".join(
        [*head, "", "library(Rlabkey)", "", "# Select rows into a data frame called 'labkey.data'", "", *_call(rows)]
    )


def _call(rows: Selection) -> list[str]:
    arguments = [
        f"baseUrl={text(rows.place.base_url)}",
        f"folderPath={text(rows.place.folder)}",
        f"schemaName={text(rows.schema)}",
        f"queryName={text(rows.query)}",
        f"viewName={text(rows.view)}",
        *([f"colSelect={text(','.join(rows.columns))}"] if rows.columns else []),
        *([f"colSort={text(rows.sort)}"] if rows.sort else []),
        f"colFilter={_filters(rows)}",
        f"containerFilter={text(rows.container_filter) if rows.container_filter else 'NULL'}",
        *(
            [f"parameters=c({', '.join(text(f'{name}={value}') for name, value in rows.parameters)})"]
            if rows.parameters
            else []
        ),
        'colNameOpt="rname"',
    ]
    return ["labkey.data <- labkey.selectRows(", ",\n".join(f"    {each}" for each in arguments), ")", ""]


def _filters(rows: Selection) -> str:
    """Write `makeFilter`; what it does not know is added as the parameters that it would make."""
    filters = rows.filters
    known = [
        f"c({text(each.column)}, {text(PROGRAMMATIC[each.op])}, {text(each.value)})"
        for each in filters
        if each.op in PROGRAMMATIC
    ]
    others = [f"{_name(each)} = {text(each.value)}" for each in filters if each.op not in PROGRAMMATIC]
    others += [f"{text('query.ignoreFilter')} = {text('1')}"] if rows.ignores_view_filter else []
    parts = [f"makeFilter({', '.join(known)})"] if known else []
    parts += [f"list({', '.join(others)})"] if others else []
    return f"c({', '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "NULL"


def _name(each: ScriptFilter) -> str:
    return text(f"query.{each.column}~{each.op}")
