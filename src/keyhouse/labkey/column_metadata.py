"""What clients are told of a column (client-api.md, section 11). Booleans stand twice, bare and with `is`."""

from functools import lru_cache
from typing import Any

from keyhouse.data import Column, Finder, Kind, Lookup, Source, SourceTable, Table, encode_field_key, title_column
from keyhouse.data.lookups import named
from keyhouse.schemas.elsewhere import folder_named

_XSD = "http://www.w3.org/2001/XMLSchema#"
_RANGES = {
    Kind.STRING: "string",
    Kind.INT: "int",
    Kind.FLOAT: "double",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "dateTime",
}


def is_writable(table: Table) -> bool:
    """Tell whether rows of this table can be written at all, whoever asks."""
    return isinstance(table, SourceTable) and isinstance(table.source, Source) and table.source.spec.writable


def field(
    column: Column, is_nested: bool = False, find: Finder | None = None, *, is_written: bool = False
) -> dict[str, Any]:
    """Describe a column beside its rows; from version 13.2 on its field key is an array.

    With `find`, a lookup is described as what it leads to, and left out where the caller may not see that.
    `is_written` tells that the rows of the column's table can be written.
    """
    return _described(column, is_nested, is_written) | _lookup_of(column, find, is_nested)


@lru_cache(maxsize=4096)
def _described(column: Column, is_nested: bool, is_written: bool) -> dict[str, Any]:
    """Say what is the same whoever asks; kept, as it takes longer to say than ten rows to read."""
    key = encode_field_key(column.field_key)
    return {
        "name": column.name,
        "caption": column.caption,
        "shortCaption": column.caption,
        "description": column.description,
        "type": column.kind.value,
        "jsonType": column.kind.value,
        "jdbcType": column.jdbc_type,
        "sqlType": column.sql_type or column.jdbc_type,
        "friendlyType": column.friendly_type,
        "rangeURI": column.range_uri or _range_uri(column),
        "conceptURI": column.concept_uri,
        "fieldKey": list(column.field_key) if is_nested else key,
        "fieldKeyArray": list(column.field_key),
        "fieldKeyPath": key,
        "align": _align(column),
        "inputType": "checkbox" if column.kind is Kind.BOOLEAN else "text",
        "defaultValue": None,
        "scale": column.scale or 0,
        "phi": column.phi,
        "phiProtected": column.is_blank,
        "ext": {},
        "defaultScale": "LINEAR",
        "facetingBehaviorType": "AUTOMATIC",
        "derivationDataScope": None,
        "wrappedColumnName": None,
        "valueExpression": None,
        **_flags(column, is_written and _is_editable(column)),
        **_optional(column),
    }


def _optional(column: Column) -> dict[str, Any]:
    members = {
        "format": column.format,
        "extFormat": column.format,
        "tsvFormat": column.format,
        "excelFormat": column.format,
        "importAliases": list(column.aliases),
        "url": column.url,
        "multiValue": column.is_multiple,
    }
    return {name: value for name, value in members.items() if value}


def column_model(column: Column, is_written: bool = False) -> dict[str, Any]:
    """Describe a column as a grid of version 8.3 and 9.1 shows it; `is_written` as for `field`."""
    return {
        "dataIndex": column.name,
        "header": column.caption,
        "hidden": column.hidden,
        "sortable": True,
        "filterable": True,
        "editable": is_written and _is_editable(column),
        "align": _align(column),
        "width": _width(column),
        "required": _is_required(column),
        "scale": column.scale or 0,
        **({"tooltip": column.description} if column.description else {}),
    }


def _width(column: Column) -> int:
    if column.kind is Kind.STRING:
        return max(10, min((column.scale or 4000) * 6, 200))
    return 90 if column.kind is Kind.DATE else 60


def _flags(column: Column, is_editable: bool) -> dict[str, bool]:
    doubled = {
        "autoIncrement": column.auto_increment,
        "hidden": column.hidden,
        "keyField": column.key,
        "mvEnabled": False,
        "nullable": column.nullable,
        "readOnly": not is_editable,
        "userEditable": is_editable,
        "versionField": False,
        "selectable": True,
    }
    is_measure = column.kind in {Kind.INT, Kind.FLOAT} and not column.key and not column.lookup
    return {
        **doubled,
        **{f"is{name[0].upper()}{name[1:]}": value for name, value in doubled.items()},
        "required": _is_required(column),
        "calculated": column.calculated,
        "sortable": True,
        "hasSortKey": False,
        "filterable": True,
        "scannable": False,
        "measure": is_measure,
        "dimension": column.lookup is not None or column.kind is Kind.BOOLEAN,
        "recommendedVariable": False,
        "excludeFromShifting": False,
        **dict.fromkeys(
            ("shownInInsertView", "shownInUpdateView", "shownInDetailsView", "shownInLookupView"), not column.hidden
        ),
    }


def _is_editable(column: Column) -> bool:
    is_own = len(column.field_key) == 1
    return is_own and not (column.read_only or column.auto_increment or column.calculated)


def _is_required(column: Column) -> bool:
    return not column.nullable and not column.auto_increment


def _range_uri(column: Column) -> str:
    is_day = column.kind is Kind.DATE and not column.has_time
    return _XSD + ("date" if is_day else _RANGES[column.kind])


def _align(column: Column) -> str:
    return "right" if column.kind in {Kind.INT, Kind.FLOAT} else "left"


def _lookup_of(column: Column, find: Finder | None, is_nested: bool) -> dict[str, Any]:
    if column.lookup is None:
        return {}
    if find is None:
        return {"lookup": _lookup(column.lookup, column.lookup.column, column.lookup.column)}
    target = find(column.lookup)
    # Nothing is found by a key that the caller does not see, and its name is not told.
    if target is None or (column.lookup.column and named(target.columns, column.lookup.column) is None):
        return {}
    title, key = title_column(target), column.lookup.column or (target.key.name if target.key else "")
    shown_at = _lookup(column.lookup, key, title.name if title else key) | _place(column.lookup)
    described: dict[str, Any] = {"lookup": shown_at}
    if title and title.name != key:
        shown = (*column.field_key, title.name)
        described["displayField"] = list(shown) if is_nested else encode_field_key(shown)
        described["displayFieldJsonType"] = title.kind.value
        described["displayFieldSqlType"] = title.sql_type or title.jdbc_type
    return described


def _lookup(lookup: Lookup, key: str, display: str) -> dict[str, Any]:
    return {
        "isPublic": True,
        "public": True,
        "schemaName": lookup.schema,
        "schema": lookup.schema,
        "queryName": lookup.table,
        "table": lookup.table,
        "keyColumn": key,
        "key": key,
        "displayColumn": "DisplayName" if (lookup.schema, lookup.table) == ("core", "Users") else display,
    }


def _place(lookup: Lookup) -> dict[str, Any]:
    folder = folder_named(lookup.container)
    return {"containerPath": folder.path, "container": str(folder.entity_id)} if folder else {}
