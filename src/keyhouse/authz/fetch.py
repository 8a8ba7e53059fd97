"""The folder of a path, read with a statement written out.

Asked on every request: building the same statement anew with the framework's query sets took twenty times as long as
running it (`make bench`).
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from keyhouse.authz.models import Folder
from keyhouse.authz.stored import stored_moment

_FIELDS = Folder._meta.concrete_fields
_NAMES = [field.attname for field in _FIELDS]
_COLUMNS = ", ".join(str(field.column) for field in _FIELDS)
_BY_PATH = f"SELECT {_COLUMNS} FROM keyhouse_folder WHERE lower_path = %s"  # noqa: S608


def folder_by_path(lower_path: str) -> Folder | None:
    """Return the folder of this path in lower case."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_PATH, [lower_path])
        row = cursor.fetchone()
    return Folder.from_db(connection.alias, _NAMES, _read(row)) if row is not None else None


def _read(row: Sequence[Any]) -> list[Any]:
    """Turn what a database gives into what the model holds: SQLite has no UUIDs, truth values or moments of its own."""
    return [value if read is None or value is None else read(value) for read, value in zip(_READERS, row, strict=True)]


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)


_OF_TYPE: dict[str, Callable[[Any], Any]] = {"UUIDField": _uuid, "DateTimeField": stored_moment, "BooleanField": bool}
_READERS = [_OF_TYPE.get(field.get_internal_type()) for field in _FIELDS]
