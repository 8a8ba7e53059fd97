"""The types that LabKey SQL names, in CAST, CONVERT and PARAMETERS, and the kind of value that each is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from keyhouse.data.columns import Kind

TYPES: dict[str, Kind] = {
    "BIGINT": Kind.INT,
    "BIT": Kind.BOOLEAN,
    "BOOLEAN": Kind.BOOLEAN,
    "CHAR": Kind.STRING,
    "DATE": Kind.DATE,
    "DECIMAL": Kind.FLOAT,
    "DOUBLE": Kind.FLOAT,
    "FLOAT": Kind.FLOAT,
    "GUID": Kind.STRING,
    "INT": Kind.INT,
    "INTEGER": Kind.INT,
    "LONGVARCHAR": Kind.STRING,
    "NUMERIC": Kind.FLOAT,
    "REAL": Kind.FLOAT,
    "SMALLINT": Kind.INT,
    "TEXT": Kind.STRING,
    "TIMESTAMP": Kind.DATE,
    "TINYINT": Kind.INT,
    "VARCHAR": Kind.STRING,
}
# What sqlglot's parser makes of the names above.
SPELLINGS = {"NCHAR": "CHAR", "NVARCHAR": "VARCHAR", "DATETIME": "TIMESTAMP", "UUID": "GUID"}
WORDS = {
    Kind.STRING: "text",
    Kind.INT: "a whole number",
    Kind.FLOAT: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a date",
}


def kind_named(name: str) -> Kind | None:
    """Return the kind of a type's name in any letter case."""
    name = name.upper()
    return TYPES.get(SPELLINGS.get(name, name))


def sql_type(kind: Kind | None) -> sa.types.TypeEngine[Any]:
    """Return the widest type of a kind, in which its values are bound and filtered."""
    types: dict[Kind | None, sa.types.TypeEngine[Any]] = {
        Kind.INT: sa.BigInteger(),
        Kind.FLOAT: sa.Double(),
        Kind.BOOLEAN: sa.Boolean(),
        Kind.DATE: sa.DateTime(),
    }
    return types.get(kind, sa.Text())
