"""Read rows with the official client. This runs in a process of its own: it imports nothing of Keyhouse, has no key."""

import json
import sys

from labkey.api_wrapper import APIWrapper  # type: ignore[import-untyped]


def read(server: str, folder: str, context_path: str, schema: str, table: str, columns: str, rows: str) -> None:
    """Print the client's answer as JSON."""
    api = APIWrapper(server, folder, context_path, use_ssl=False)
    answer = api.query.select_rows(schema, table, columns=columns, max_rows=int(rows), sort=columns.split(",")[0])
    print(json.dumps(answer))


if __name__ == "__main__":
    read(*sys.argv[1:])
