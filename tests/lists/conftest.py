"""Lists made by the service, without a request."""

from typing import Any

import pytest
from tests.site import OPERATOR

from keyhouse.lists.types import TYPES
from keyhouse.lists.wanted import WantedField, WantedIndex, WantedList


def field(name: str, kind: str = "string", field_id: int | None = None, **properties: Any) -> WantedField:
    """A field as a request would have it."""
    return WantedField(name, TYPES[kind.lower()], properties, field_id)


def wanted(*fields: WantedField, name: str = "samples", unique: tuple[str, ...] = ()) -> WantedList:
    """A list as a request would have it."""
    indices = (WantedIndex(unique, True),) if unique else ()
    return WantedList(name, (field("Key", "int"), *fields), indices)


@pytest.fixture
def home(site):
    """The folder /home."""
    from keyhouse.authz import folders

    return folders.find("/home")


@pytest.fixture
def make(site, home):
    """Make a list in /home, or elsewhere."""

    def make_list(*fields, name="samples", folder=None, unique=(), key_type="AutoIncrementInteger"):
        design = wanted(*fields, name=name, unique=unique)
        return site.lists.create(folder or home, design, "Key", key_type, OPERATOR)

    return make_list


@pytest.fixture
def rows(site):
    """Return the rows of a list in a folder."""

    def rows_of(design, folder):
        from keyhouse.data import Query, encode_field_key
        from keyhouse.lists.find import fields_of
        from keyhouse.lists.tables import table_of

        # By name: a key that the database counts is hidden.
        names = tuple(encode_field_key((field.name,)) for field in fields_of(design))
        table = site.lists.database.table(table_of(design, fields_of(design)), (str(folder.entity_id),))
        return list(table.select(Query(names, sort=(("Key", False),))))

    return rows_of


@pytest.fixture
def put(site, home):
    """Put rows into a list, by the names of its fields."""

    def put_rows(design, *rows, folder=None):
        import sqlalchemy as sa

        from keyhouse.lists.find import fields_of

        stored = {each.name: each.storage for each in fields_of(design)}
        with site.lists.database.source.altering() as connection:
            for row in rows:
                values = {stored[name]: value for name, value in row.items()}
                values["container"] = str((folder or home).entity_id)
                there = sa.table(design.storage, *map(sa.column, values))
                connection.execute(sa.insert(there).values(values))
            connection.commit()

    return put_rows


@pytest.fixture
def events():
    """Return the audit events of a kind, oldest first."""

    def of(kind: str) -> list[Any]:
        from keyhouse.audit.models import AuditEvent

        return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))

    return of
