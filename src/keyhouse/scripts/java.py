"""A program for Java with labkey-client-api."""

from keyhouse.scripts.operators import JAVA
from keyhouse.scripts.quoting import java as text
from keyhouse.scripts.selection import ScriptFilter, Selection


def write_java(rows: Selection) -> str:
    """Write the program."""
    more = (
        "Needs labkey-client-api (Maven: org.labkey.api:labkey-client-api) on the class path.",
        "A Connection made of an address alone reads the netrc file; one made with <email>, <password> would not.",
        *rows.lacks,
    )
    head = ["/*", *(f" * {line}".rstrip() for line in rows.preface(*more)), " */"]
    return "\n".join([*head, *_IMPORTS, "public class SelectRows", "{", _MAIN, *_body(rows), "    }", "}", ""])


_IMPORTS = [
    "",
    "import org.labkey.remoteapi.Connection;",
    "import org.labkey.remoteapi.query.ContainerFilter;",
    "import org.labkey.remoteapi.query.Filter;",
    "import org.labkey.remoteapi.query.SelectRowsCommand;",
    "import org.labkey.remoteapi.query.SelectRowsResponse;",
    "import org.labkey.remoteapi.query.Sort;",
    "import java.util.Arrays;",
    "import java.util.Map;",
    "",
]
_MAIN = "    public static void main(String[] args) throws Exception\n    {"


def _body(rows: Selection) -> list[str]:
    lines = [
        f"Connection cn = new Connection({text(rows.place.base_url)});",
        "",
        f"SelectRowsCommand cmd = new SelectRowsCommand({text(rows.schema)}, {text(rows.query)});",
        "cmd.setRequiredVersion(9.1);",
        *([f"cmd.setViewName({text(rows.view)});"] if rows.view else []),
        *([f"cmd.setColumns(Arrays.asList({', '.join(map(text, rows.columns))}));"] if rows.columns else []),
        *(_filter(each) for each in rows.filters),
        *_sorts(rows.sort),
        *(
            [f"cmd.setContainerFilter(ContainerFilter.valueOf({text(rows.container_filter)}));"]
            if rows.container_filter
            else []
        ),
        *_parameters(rows.parameters),
        "",
        f"SelectRowsResponse response = cmd.execute(cn, {text(rows.place.folder)});",
        'System.out.println("Number of rows: " + response.getRowCount());',
        "",
        "for (Map<String, Object> row : response.getRows())",
        "{",
        "    System.out.println(row);",
        "}",
    ]
    return [f"        {line}".rstrip() for line in lines]


def _filter(each: ScriptFilter) -> str:
    if each.op not in JAVA:
        lacking = f"the Java client has no operator {text(each.op)}, by which {text(each.column)} was filtered"
        return f"// NOT FILTERED: {lacking}."
    return f"cmd.addFilter({text(each.column)}, {text(each.value)}, Filter.Operator.{JAVA[each.op]});"


def _sorts(sort: str) -> list[str]:
    names = [name.strip() for name in sort.split(",") if name.strip()]
    return [f"cmd.addSort({text(name.lstrip('+-'))}, Sort.Direction.{_direction(name)});" for name in names]


def _direction(name: str) -> str:
    return "DESCENDING" if name.startswith("-") else "ASCENDING"


def _parameters(parameters: tuple[tuple[str, str], ...]) -> list[str]:
    pairs = ", ".join(f"Map.entry({text(name)}, {text(value)})" for name, value in parameters)
    return [f"cmd.setQueryParameters(Map.ofEntries({pairs}));"] if pairs else []
