"""What a grid adds for a saved query: inputs for its parameters, and the way to its text for who may change it."""

from dataclasses import dataclass

from keyhouse.console.grid_address import GridAddress
from keyhouse.data import Table
from keyhouse.schemas.query_saving import may_edit
from keyhouse.schemas.saved import SavedTable
from keyhouse.web.call import Call


@dataclass(frozen=True)
class SavedBar:
    """`parameters` are names and values; `state` is what the form of the parameters must send along."""

    parameters: list[tuple[str, str]]
    state: list[tuple[str, str]]
    edit_url: str


def bar_of(call: Call, address: GridAddress, table: Table) -> SavedBar | None:
    """Return what is added to the grid of this table, or None for a table that nobody saved."""
    if not isinstance(table, SavedTable):
        return None
    names = {"schemaName": address.schema, "query.queryName": table.name}
    is_open = not table.row.bound_to and may_edit(call, table.row)
    kept = [each for each in address.parameters if not each[0].startswith(("query.param.", "query.offset"))]
    return SavedBar(
        parameters=_parameters(address, table),
        state=kept,
        edit_url=call.url("query-sourceQuery.view", **names) if is_open else "",
    )


def problem_of(table: Table) -> str:
    """Say why a saved query cannot be read: it is broken, or a parameter has no value. Empty if it can."""
    if not isinstance(table, SavedTable):
        return ""
    if table.missing:
        return f"This query needs a value for {' and '.join(table.missing)}."
    return table.problem


def _parameters(address: GridAddress, table: SavedTable) -> list[tuple[str, str]]:
    given = {name.casefold(): value for name, value in address.given}
    return [(each.name, given.get(each.name.casefold(), each.default or "")) for each in table.declared]
