"""Names of filter operators in the clients that do not take the URL's own (client-api.md, section 9)."""

PROGRAMMATIC = {
    "eq": "EQUAL",
    "dateeq": "DATE_EQUAL",
    "neq": "NOT_EQUAL",
    "dateneq": "DATE_NOT_EQUAL",
    "neqornull": "NOT_EQUAL_OR_MISSING",
    "gt": "GREATER_THAN",
    "dategt": "DATE_GREATER_THAN",
    "lt": "LESS_THAN",
    "datelt": "DATE_LESS_THAN",
    "gte": "GREATER_THAN_OR_EQUAL",
    "dategte": "DATE_GREATER_THAN_OR_EQUAL",
    "lte": "LESS_THAN_OR_EQUAL",
    "datelte": "DATE_LESS_THAN_OR_EQUAL",
    "startswith": "STARTS_WITH",
    "doesnotstartwith": "DOES_NOT_START_WITH",
    "contains": "CONTAINS",
    "doesnotcontain": "DOES_NOT_CONTAIN",
    "containsoneof": "CONTAINS_ONE_OF",
    "containsnoneof": "CONTAINS_NONE_OF",
    "in": "IN",
    "notin": "NOT_IN",
    "between": "BETWEEN",
    "notbetween": "NOT_BETWEEN",
    "memberof": "MEMBER_OF",
    "isblank": "MISSING",
    "isnonblank": "NOT_MISSING",
    "hasmvvalue": "MV_INDICATOR",
    "nomvvalue": "NO_MV_INDICATOR",
    "q": "Q",
}
"""What R and SAS say, and the names of the types of JavaScript but for those below."""

JAVASCRIPT = {
    **PROGRAMMATIC,
    "neqornull": "NEQ_OR_NULL",
    "isblank": "ISBLANK",
    "isnonblank": "NONBLANK",
    "hasmvvalue": "HAS_MISSING_VALUE",
    "nomvvalue": "DOES_NOT_HAVE_MISSING_VALUE",
}
"""Constants of `LABKEY.Filter.Types`."""

JAVA = {
    **PROGRAMMATIC,
    "neq": "NEQ",
    "neqornull": "NEQ_OR_NULL",
    "gt": "GT",
    "dategt": "DATE_GT",
    "lt": "LT",
    "datelt": "DATE_LT",
    "gte": "GTE",
    "dategte": "DATE_GTE",
    "lte": "LTE",
    "datelte": "DATE_LTE",
    "isblank": "ISBLANK",
    "isnonblank": "NONBLANK",
    "where": "WHERE",
}
"""Constants of `Filter.Operator` in the Java client."""

NEEDS_NO_VALUE = frozenset({"isblank", "isnonblank", "hasmvvalue", "nomvvalue", ""})
