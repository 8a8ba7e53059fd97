"""What clients are told of a column (client-api.md, section 11). Booleans stand twice, bare and with `is`."""

from typing import Any

from keyhouse.data import Column, Kind, Lookup

_XSD = "http://www.w3.org/2001/XMLSchema#"
_RANGES = {
    Kind.STRING: "string",
    Kind.INT: "int",
    Kind.FLOAT: "double",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "dateTime",
}
_ESCAPES = str.maketrans({"$": "$D", "/": "$S", "&": "$A", "}": "$B", "~": "$T", ",": "$C", ".": "$P"})


def field_key(name: str) -> str:
    """Write a column's name as a field key: what has a meaning in keys is escaped."""
    return name.translate(_ESCAPES)


def field(column: Column, is_nested: bool = False) -> dict[str, Any]:
    """Describe a column beside its rows; from version 13.2 on its field key is an array."""
    described: dict[str, Any] = {
        "name": column.name,
        "caption": column.caption,
        "shortCaption": column.caption,
        "description": column.description,
        "type": column.kind.value,
        "jsonType": column.kind.value,
        "jdbcType": column.jdbc_type,
        "sqlType": column.sql_type or column.jdbc_type,
        "friendlyType": column.friendly_type,
        "rangeURI": _range_uri(column),
        "conceptURI": None,
        "fieldKey": [column.name] if is_nested else field_key(column.name),
        "fieldKeyArray": [column.name],
        "fieldKeyPath": field_key(column.name),
        "align": _align(column),
        "inputType": "checkbox" if column.kind is Kind.BOOLEAN else "text",
        "defaultValue": None,
        "scale": column.scale or 0,
        "phi": "NotPHI",
        "phiProtected": False,
        "ext": {},
        **_flags(column),
    }
    return described | ({"lookup": _lookup(column.lookup)} if column.lookup else {})


def detailed(column: Column) -> dict[str, Any]:
    """Describe a column in query details, where `type` is the word for people."""
    return {**field(column), "type": column.friendly_type}


def column_model(column: Column) -> dict[str, Any]:
    """Describe a column as a grid of version 8.3 and 9.1 shows it."""
    return {
        "dataIndex": column.name,
        "header": column.caption,
        "hidden": column.hidden,
        "sortable": True,
        "filterable": True,
        "editable": False,
        "align": _align(column),
        "width": 200 if column.kind is Kind.STRING else 120,
        "required": _is_required(column),
        "scale": column.scale or 0,
        **({"tooltip": column.description} if column.description else {}),
    }


def _flags(column: Column) -> dict[str, bool]:
    doubled = {
        "autoIncrement": column.auto_increment,
        "hidden": column.hidden,
        "keyField": column.key,
        "mvEnabled": False,
        "nullable": column.nullable,
        "readOnly": True,
        "userEditable": False,
        "versionField": False,
        "selectable": True,
    }
    is_measure = column.kind in {Kind.INT, Kind.FLOAT} and not column.key and not column.lookup
    return {
        **doubled,
        **{f"is{name[0].upper()}{name[1:]}": value for name, value in doubled.items()},
        "required": _is_required(column),
        "calculated": False,
        "sortable": True,
        "filterable": True,
        "measure": is_measure,
        "dimension": column.lookup is not None or column.kind is Kind.BOOLEAN,
        "recommendedVariable": False,
        "excludeFromShifting": False,
        **dict.fromkeys(
            ("shownInInsertView", "shownInUpdateView", "shownInDetailsView", "shownInLookupView"), not column.hidden
        ),
    }


def _is_required(column: Column) -> bool:
    return not column.nullable and not column.auto_increment


def _range_uri(column: Column) -> str:
    is_day = column.kind is Kind.DATE and not column.has_time
    return _XSD + ("date" if is_day else _RANGES[column.kind])


def _align(column: Column) -> str:
    return "right" if column.kind in {Kind.INT, Kind.FLOAT} else "left"


def _lookup(lookup: Lookup) -> dict[str, Any]:
    return {
        "isPublic": True,
        "public": True,
        "schemaName": lookup.schema,
        "schema": lookup.schema,
        "queryName": lookup.table,
        "table": lookup.table,
        "keyColumn": lookup.column,
        "key": lookup.column,
        "displayColumn": "DisplayName" if (lookup.schema, lookup.table) == ("core", "Users") else lookup.column,
    }
