"""The rows of a grid as a script is to read them: the same for its page and for the client API."""

from collections.abc import Sequence
from typing import Any

from keyhouse.data import Table, encode_field_key
from keyhouse.scripts.place import Place
from keyhouse.scripts.selection import Selection
from keyhouse.tabular import write_arrow
from keyhouse.web.call import Call


def rows_for_script(call: Call, schema: str, table: Table, columns: Sequence[str] | None, **chosen: Any) -> Selection:
    """Return the rows of a table in the folder of a call; `chosen` are the view, filters, sort and so on.

    Every column is named, by default those that the page shows: the script goes on giving the same when the table
    gains one.
    """
    visible = tuple(encode_field_key(column.field_key) for column in table.columns if not column.hidden)
    return Selection(
        place=Place(call.site.boot.url, call.folder.path),
        schema=schema,
        query=table.name,
        columns=tuple(each for name in columns or visible for each in (visible if name == "*" else (name,))),
        made_on=call.site.clock().date(),
        has_arrow=write_arrow.is_available(),
        **chosen,
    )
