"""Where an attached database is, and how its URL may be written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from keyhouse.data.errors import BadSourceUrl

_POSTGRESQL = {"postgresql", "postgres", "postgresql+psycopg"}
_SQLITE = {"sqlite", "sqlite+pysqlite"}
_FORMS = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/database"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """An attached database: the schema `name` of the folder `folder_path`.

    `timeout_seconds` bounds each wait for the database, `stream_seconds` the whole reading of one answer (lease.py).
    `schema` is the schema inside PostgreSQL, by default the first of its search path.
    """

    name: str
    url: str
    folder_path: str
    writable: bool = False
    timeout_seconds: float = 30
    schema: str | None = None
    stream_seconds: float = 3600

    def __repr__(self) -> str:
        writable = ", writable" if self.writable else ""
        return f"<SourceSpec {self.name} at {self.safe_url} in {self.folder_path}{writable}>"

    @property
    def safe_url(self) -> str:
        """The URL without its password and its options (libpq takes passwords there too), fit to be shown."""
        try:
            return parse_url(self).set(query={}).render_as_string(hide_password=True)
        except BadSourceUrl:
            return "an unreadable URL"


def parse_url(spec: SourceSpec) -> sa.URL:
    """Read a source's URL and choose the driver. Raise BadSourceUrl, whose text does not repeat the URL."""
    try:
        url = sa.make_url(spec.url)
    except (sa.exc.ArgumentError, ValueError, TypeError):
        raise _bad_url(spec, "cannot be read") from None
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in _SQLITE:
        return _sqlite_url(spec, url)
    raise _bad_url(spec, "names a kind of database that Keyhouse does not read")


def sqlite_path(url: sa.URL, base: Path) -> Path:
    """The file of a SQLite URL; a relative path counts from `base`."""
    return base / (url.database or "")


def _sqlite_url(spec: SourceSpec, url: sa.URL) -> sa.URL:
    if url.host or not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise _bad_url(spec, "names no SQLite file (a relative path takes three slashes, an absolute one four)")
    if "\0" in url.database:
        raise _bad_url(spec, "has a NUL byte in its path")
    return url.set(drivername="sqlite+pysqlite")


def _bad_url(spec: SourceSpec, problem: str) -> BadSourceUrl:
    return BadSourceUrl(f"The URL of source '{spec.name}' {problem}. Write {_FORMS}.", source=spec.name)
