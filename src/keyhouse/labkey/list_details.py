"""What the details of a query tell beyond other tables where the table is a list (client-api.md, section 8.7)."""

from typing import Any

from keyhouse.data import Table
from keyhouse.schemas.lists import ListTable


def details_of_list(table: Table) -> dict[str, Any]:
    """Return the members that lists alone have: where the design belongs, and the indices that it asks for."""
    if not isinstance(table, ListTable):
        return {}
    design = table.design
    key = [column.name for column in table.columns if column.key]
    return {
        "domainContainerPath": design.folder.path,
        "supportMerge": design.key_type != "AutoIncrementInteger",
        "indices": {
            "primary": {"type": "Primary", "columns": key},
            **{f"index{place}": _index(each) for place, each in enumerate(_seen(table), 1)},
        },
    }


def _seen(table: ListTable) -> list[dict[str, Any]]:
    """Return the indices that name no column which the caller does not see."""
    names = {column.name.casefold() for column in table.columns}
    return [each for each in table.design.indices if names.issuperset(map(str.casefold, each["columnNames"]))]


def _index(index: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Unique" if index["unique"] else "NonUnique", "columns": index["columnNames"]}
