"""Links of rows: a column's URL with values of its row in it, and the page with one row (client-api.md, section 10)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from keyhouse.data import Column, Row, Table, encode_field_key
from keyhouse.labkey.cells import plain
from keyhouse.labkey.row_shapes import Render

if TYPE_CHECKING:
    from keyhouse.web.call import Call

_FIELD = re.compile(r"\$\{([^}|:]+)(?:[|:][^}]*)?\}")
_ACTION = re.compile(r"/([\w-]+)/(?:[^?#]*/)?(\w+)\.(?:view|api|post)(?=[?#]|$)")
# A link that runs a script, or leaves for another host without saying so, is none.
_SAFE = re.compile(r"(https?://|mailto:|/(?!/)|[\w.-]+(\?|#|/|$))", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """A URL in which `${name}` stands for a value of the row, quoted; `fields` are their field keys."""

    template: str
    fields: tuple[str, ...]

    def rendered(self, places: Sequence[int]) -> Render:
        """Return what writes the URL of a row whose values of `fields` are at these places; None without one."""
        parts = _FIELD.split(self.template)[::2]

        def render(row: Row) -> str | None:
            values = [row[place] for place in places]
            if any(value is None for value in values):
                return None
            quoted = [quote(_text(value), safe="") for value in values]
            return "".join(part + value for part, value in zip(parts, [*quoted, ""], strict=True))

        return render


def link_of(call: "Call", column: Column) -> Link | None:
    """Return the link of a column that has a URL; one that no browser should follow is left out."""
    if not column.url or not _SAFE.match(column.url):
        return None
    start = _ACTION.match(column.url)
    template = column.url
    if start:
        template = call.url(f"{start[1]}-{start[2]}.view") + template[start.end() :]
    elif template.startswith("/"):
        template = call.context_path + template
    around = column.path[:-1]
    fields = tuple(
        "/".join(filter(None, [encode_field_key(around) if around else "", name])) for name in _FIELD.findall(template)
    )
    return Link(template, fields)


def details_of(call: "Call", schema_name: str, table: Table) -> Link | None:
    """Return the link to the page with one row, found by its key."""
    if table.key is None:
        return None
    key = encode_field_key(table.key.field_key)
    page = call.url("query-executeQuery.view", **{"schemaName": schema_name, "query.queryName": table.name})
    return Link(f"{page}&query.{quote(key)}~eq=${{{key}}}", (key,))


def renderers(links: Mapping[str, Link], find: Callable[[str], int | None]) -> dict[str, Render]:
    """Return what writes each link; one whose fields are not read with the row is left out."""
    found = {name: [find(field) for field in link.fields] for name, link in links.items()}
    return {
        name: links[name].rendered([place for place in places if place is not None])
        for name, places in found.items()
        if None not in places
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else str(plain(value))
