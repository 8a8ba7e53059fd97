"""Make the demonstration's SQLite database: the whole of it or nothing, and never over somebody else's file.

The database is made in memory and put in place with one rename, so no reader ever sees half of it.
"""

import os
import sqlite3
import tempfile
from contextlib import closing
from importlib import resources
from pathlib import Path

from keyhouse.demo_data.tables import TABLES, Table

# Raise it with every change of content: it is what makes the next start replace an older file.
CONTENT_VERSION = 1

# Marks the file as ours ("KHdd"), so that a database which only happens to have this path is not overwritten.
APPLICATION_ID = int.from_bytes(b"KHdd", "big")


def build(path: Path) -> None:
    """Make the demonstration's database at `path`, or leave it alone if this version of it is there already.

    The directory must exist. The file is readable by its owner alone (mode 0600). Raises FileExistsError if something
    else is at `path`, OSError if it cannot be written; in both cases what was there is still there.
    """
    if _is_current(path):
        return
    _put(path, _image())


def _is_current(path: Path) -> bool:
    """Read the mark in the header (SQLite file format, section 1.3), which takes no lock and starts no recovery."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        return False
    if not header:  # what SQLite leaves when somebody merely connected to the path
        return False
    if len(header) < 100 or int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise FileExistsError(f"{path} is not a database of the demonstration: move it away or choose another path")
    return int.from_bytes(header[60:64], "big") == CONTENT_VERSION


def _image() -> bytes:
    """Make the database in memory and return the bytes of its file."""
    schema = resources.files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {CONTENT_VERSION}")
        connection.executescript(schema)
        with connection:
            for table in TABLES:
                _fill(connection, table)
        return connection.serialize()


def _fill(connection: sqlite3.Connection, table: Table) -> None:
    names = table.column_names
    places = ", ".join("?" * len(names))
    insert = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608  names are our constants
    connection.executemany(insert, table.rows())


def _put(path: Path, image: bytes) -> None:
    """Write aside in the same directory, make it durable, then rename over `path`."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(image)
            file.flush()
            os.fsync(file.fileno())
        _remove_side_files(path)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _remove_side_files(path: Path) -> None:
    """Remove journals of the database that is replaced: SQLite would play them back into the new one."""
    for suffix in ("-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync_directory(directory: Path) -> None:
    """Make the rename itself survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
