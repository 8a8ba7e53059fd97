"""A program for SAS with the LabKey macros."""

from keyhouse.scripts.operators import NEEDS_NO_VALUE, PROGRAMMATIC
from keyhouse.scripts.quoting import sas as text
from keyhouse.scripts.selection import ScriptFilter, Selection


def write_sas(rows: Selection) -> str:
    """Write the program."""
    warnings = [
        *(
            ["The macros have no parameters of queries: THOSE OF THIS QUERY ARE MISSING BELOW."]
            if rows.parameters
            else []
        ),
        *(
            ["The macros lack an operator of the filters: THE ROWS ARE NOT FILTERED BY IT."]
            if any(each.op not in PROGRAMMATIC for each in rows.filters)
            else []
        ),
        *rows.lacks,
    ]
    more = ("Needs the LabKey SAS macros and the Java client; see the SAS client API library.", *warnings)
    head = ["/*", *(f"   {line}".rstrip() for line in rows.preface(*more)), "*/"]
    return "\n".join(
        [
            *head,
            "",
            "%labkeySelectRows(dsn=mydata,",
            ",\n".join(_arguments(rows)) + ");",
            "",
            "proc print data=mydata;",
            "run;",
            "",
        ]
    )


def _arguments(rows: Selection) -> list[str]:
    known = [each for each in rows.filters if each.op in PROGRAMMATIC]
    arguments = [
        f"baseUrl={text(rows.place.base_url)}",
        f"folderPath={text(rows.place.folder)}",
        f"schemaName={text(rows.schema)}",
        f"queryName={text(rows.query)}",
        *([f"viewName={text(rows.view)}"] if rows.view else []),
        *([f"filter=%labkeyMakeFilter({','.join(map(_filter, known))})"] if known else []),
        *([f"sort={text(rows.sort)}"] if rows.sort else []),
        *([f"containerFilter={text(rows.container_filter)}"] if rows.container_filter else []),
    ]
    return [f"    {each}" for each in arguments]


def _filter(each: ScriptFilter) -> str:
    parts = [each.column, PROGRAMMATIC[each.op], *([] if each.op in NEEDS_NO_VALUE else [each.value])]
    return ",".join(map(text, parts))
