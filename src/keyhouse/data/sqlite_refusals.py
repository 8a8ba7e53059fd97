"""What SQLite says of a row that breaks a constraint, in the words of PostgreSQL: clients look for those."""

from __future__ import annotations

import re

_UNIQUE = re.compile(r"UNIQUE constraint failed: (?P<columns>.+)", re.DOTALL)
_INDEX = re.compile(r"UNIQUE constraint failed: index '(?P<name>.+)'", re.DOTALL)
_NOT_NULL = re.compile(r"NOT NULL constraint failed: (?P<table>.+)\.(?P<column>[^.]+)", re.DOTALL)
_CHECK = re.compile(r"CHECK constraint failed: (?P<name>.+)", re.DOTALL)


def refusal(text: str) -> str:
    """Translate the text of an IntegrityError. A trigger's own words stay as they are."""
    if found := _INDEX.fullmatch(text):
        return f'ERROR: duplicate key value violates unique constraint "{found["name"]}"'
    if found := _UNIQUE.fullmatch(text):
        return f'ERROR: duplicate key value violates unique constraint "{_constraint(found["columns"])}"'
    if found := _NOT_NULL.fullmatch(text):
        told = f'null value in column "{found["column"]}" of relation "{found["table"]}"'
        return f"ERROR: {told} violates not-null constraint"
    if found := _CHECK.fullmatch(text):
        return f'ERROR: new row violates check constraint "{found["name"]}"'
    if text == "FOREIGN KEY constraint failed":
        return "ERROR: the row violates a foreign key constraint: a row that it needs is not there, or rows need it"
    return f"ERROR: {text}"


def _constraint(columns: str) -> str:
    """Name the constraint as PostgreSQL would: `t.a, t.b` is `t_a_b_key`."""
    names = [part.strip() for part in columns.split(",")]
    table = names[0].rpartition(".")[0]
    return "_".join([table, *(name.rpartition(".")[2] for name in names), "key"])
