"""Run a script with `select_rows` replaced by one that writes its arguments as JSON."""

import json
import runpy
import sys

from labkey.query import QueryWrapper


def select_rows(self, schema_name, query_name, **how):
    context = self.server_context
    filters = how.get("filter_array") or []
    asked = {
        "url": f"{context._scheme}{context._domain}/{context._context_path or ''}",
        "folder": "/" + context._container_path,
        "schema": schema_name,
        "query": query_name,
        "view": how.get("view_name", ""),
        "columns": how.get("columns", ""),
        "filters": [[each.column_name, each.filter_type, each.value] for each in filters],
        "sort": how.get("sort", ""),
        "containerFilter": how.get("container_filter", ""),
        "parameters": how.get("parameters", {}),
        **({"ignores": True} if how.get("ignore_filter") else {}),
    }
    sys.stdout.write(json.dumps(asked))


QueryWrapper.select_rows = select_rows
runpy.run_path(sys.argv[1])
