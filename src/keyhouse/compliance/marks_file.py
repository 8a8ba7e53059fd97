"""Marks of a source as a file: TOML, JSON or CSV, read with errors that name the line, and written.

TOML and JSON have `default` and, for each of the `tables`, `participant` and `levels`. CSV has a line for each column:
`table,column,level,participant`, the last one `yes` for the participant column; a table `*` is the default.
"""

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keyhouse.core.phi import PhiLevel

FORMATS = ("toml", "json", "csv")
_HEADER = ["table", "column", "level", "participant"]
_YES = {"yes", "true", "1", "x"}
_NO = {"", "no", "false", "0"}


class FileError(Exception):
    """The file cannot be read; the text names the line where one is at fault."""


@dataclass
class TableSaid:
    """What a file says of one table."""

    levels: dict[str, PhiLevel] = field(default_factory=dict)
    participant: str = ""


@dataclass
class Said:
    """What a file says of a source; without `default`, that stays as it is."""

    tables: dict[str, TableSaid] = field(default_factory=dict)
    default: PhiLevel | None = None


def parse(text: str, format_: str) -> Said:
    """Read a file. Raise FileError."""
    text = text.removeprefix("\ufeff")
    return _from_csv(text) if format_ == "csv" else _from_members(_members(text, format_), text)


def write(said: Said, format_: str) -> str:
    """Write a file that `parse` reads back."""
    if format_ == "csv":
        return _as_csv(said)
    return _as_json(said) if format_ == "json" else _as_toml(said)


def _members(text: str, format_: str) -> Mapping[str, Any]:
    try:
        found = tomllib.loads(text) if format_ == "toml" else json.loads(text)
    except ValueError as error:  # of either parser, which name the line, or a number of thousands of digits
        raise FileError(f"This is no {format_.upper()}: {error}.") from None
    except RecursionError:
        raise FileError(f"This {format_.upper()} is nested too deep.") from None
    if not isinstance(found, dict):
        raise FileError("Line 1: the file must hold an object with 'default' and 'tables'.")
    return found


def _from_members(members: Mapping[str, Any], text: str) -> Said:
    _refuse_others(members, {"default", "tables"}, text)
    default = members.get("default")
    said = Said(default=None if default is None else _level(default, text, "default"))
    for name, table in _objects(members.get("tables", {}), "tables", text).items():
        inside = _objects(table, name, text)
        _refuse_others(inside, {"participant", "levels"}, text)
        participant = inside.get("participant", "")
        if not isinstance(participant, str):
            raise FileError(f"{_line(text, name)}the participant of table '{name}' must be the name of a column.")
        levels = _objects(inside.get("levels", {}), "levels", text)
        said.tables[name] = TableSaid({key: _level(value, text, key) for key, value in levels.items()}, participant)
    return said


def _objects(value: Any, name: str, text: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FileError(f"{_line(text, name)}'{name}' must be a table of names and values.")
    return value


def _refuse_others(members: Mapping[str, Any], known: set[str], text: str) -> None:
    for name in members:
        if name not in known:
            raise FileError(f"{_line(text, name)}'{name}' means nothing here; known are {', '.join(sorted(known))}.")


def _level(value: Any, text: str, name: str) -> PhiLevel:
    found = PhiLevel.named(value) if isinstance(value, str) else None
    if found is None:
        raise FileError(f"{_line(text, name, str(value))}{_no_level(value, name)}")
    return found


def _no_level(value: Any, name: str) -> str:
    known = ", ".join(each.wire_name for each in PhiLevel)
    return f"'{str(value)[:50]}' is no PHI level of '{name[:100]}'; levels are {known}."


def _line(text: str, *words: str) -> str:
    """Name the line that has all of these words: parsers tell where a value stands only where it cannot be read."""
    for number, line in enumerate(text.splitlines(), 1):
        if all(json.dumps(word, ensure_ascii=False)[1:-1] in line for word in words):
            return f"Line {number}: "
    return ""


def _from_csv(text: str) -> Said:
    reader = csv.reader(io.StringIO(text))
    said = Said()
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if header not in (_HEADER, _HEADER[:3]):
            raise FileError(f"Line 1: the header must be {','.join(_HEADER)}.")
        for row in reader:
            if any(cell.strip() for cell in row):
                _take(said, [*row, ""] if len(row) == 3 else row, reader.line_num)
    except csv.Error as error:
        raise FileError(f"Line {reader.line_num}: {error}.") from None
    return said


def _take(said: Said, row: list[str], line: int) -> None:
    if len(row) != len(_HEADER):
        raise FileError(f"Line {line}: there are {len(row)} values where {len(_HEADER)} are wanted.")
    table, column, named, participant = row[0], row[1], row[2].strip(), row[3].strip().lower()
    level = PhiLevel.named(named) if named else None
    if named and level is None:
        raise FileError(f"Line {line}: {_no_level(named, column)}")
    if table == "*":
        said.default = level
        return
    if not table or not column or participant not in _YES | _NO:
        raise FileError(f"Line {line}: a table, a column and 'yes' or nothing as participant are wanted.")
    found = said.tables.setdefault(table, TableSaid())
    if level is not None:
        found.levels[column] = level
    if participant in _YES:
        if found.participant:
            raise FileError(f"Line {line}: table '{table}' has two participant columns.")
        found.participant = column


def _as_csv(said: Said) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    if said.default is not None:
        writer.writerow(["*", "", said.default.wire_name, ""])
    for name, table in said.tables.items():
        for column in dict.fromkeys([*table.levels, *([table.participant] if table.participant else [])]):
            level = table.levels.get(column)
            is_participant = "yes" if column == table.participant else ""
            writer.writerow([name, column, level.wire_name if level is not None else "", is_participant])
    return out.getvalue()


def _as_json(said: Said) -> str:
    return json.dumps(_described(said), indent=2, ensure_ascii=False) + "\n"


def _described(said: Said) -> dict[str, Any]:
    tables = {
        name: {
            **({"participant": table.participant} if table.participant else {}),
            "levels": {column: level.wire_name for column, level in table.levels.items()},
        }
        for name, table in said.tables.items()
    }
    return {**({"default": said.default.wire_name} if said.default is not None else {}), "tables": tables}


def _as_toml(said: Said) -> str:
    lines = [f"default = {_quoted(said.default.wire_name)}"] if said.default is not None else []
    for name, table in said.tables.items():
        lines += ["", f"[tables.{_quoted(name)}]"]
        lines += [f"participant = {_quoted(table.participant)}"] if table.participant else []
        lines += [f"levels.{_quoted(column)} = {_quoted(level.wire_name)}" for column, level in table.levels.items()]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    # A basic string of TOML has the escapes of JSON, but for DEL, which it does not take bare.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
