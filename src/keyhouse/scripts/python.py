"""A script for Python with the package labkey."""

from keyhouse.scripts.place import Place
from keyhouse.scripts.quoting import python as text
from keyhouse.scripts.selection import ScriptFilter, Selection, commented


def write_python(rows: Selection) -> str:
    """Write the script."""
    head = commented(
        rows.preface("Once: pip install labkey", "This script targets the Python client API version 2.0.0 and later."),
        "#",
    )
    filters = ["from labkey.query import QueryFilter"] if rows.filters else []
    imports = ["import labkey", "from labkey.api_wrapper import APIWrapper", *filters]
    return "\n".join([*head, "", *imports, "", connection(rows.place), "", *_call(rows)])


def connection(place: Place) -> str:
    """Write the line that makes a client for a folder."""
    context = text(place.context_path) if place.context_path else "None"
    arguments = f"{text(place.authority)}, {text(place.folder.strip('/'))}, {context}, use_ssl={place.is_tls}"
    return f"api = APIWrapper({arguments})"


def filter_of(each: ScriptFilter) -> str:
    """Write one filter."""
    return f"QueryFilter({text(each.column)}, {text(each.value)}, {text(each.op)})"


def _call(rows: Selection) -> list[str]:
    arguments = [
        f"schema_name={text(rows.schema)}",
        f"query_name={text(rows.query)}",
        *([f"view_name={text(rows.view)}"] if rows.view else []),
        *([f"columns={text(','.join(rows.columns))}"] if rows.columns else []),
        *_filters(rows.filters),
        *([f"sort={text(rows.sort)}"] if rows.sort else []),
        *([f"container_filter={text(rows.container_filter)}"] if rows.container_filter else []),
        *_parameters(rows.parameters),
        *(["ignore_filter=True"] if rows.ignores_view_filter else []),
    ]
    return ["my_results = api.query.select_rows(", *(f"    {each}," for each in arguments), ")", ""]


def _filters(filters: tuple[ScriptFilter, ...]) -> list[str]:
    if not filters:
        return []
    return ["filter_array=[\n" + "".join(f"        {filter_of(each)},\n" for each in filters) + "    ]"]


def _parameters(parameters: tuple[tuple[str, str], ...]) -> list[str]:
    pairs = ", ".join(f"{text(name)}: {text(value)}" for name, value in parameters)
    return [f"parameters={{{pairs}}}"] if pairs else []
