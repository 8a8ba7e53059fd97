"""A site with the demonstration's data in /home, and callers who show a key."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.site import OPERATOR, Answer, Client, issue, set_site


@dataclass
class Script:
    """A program that shows its key with every request and keeps no cookies."""

    client: Client
    key: str = field(repr=False)

    def get(self, path: str, **query: Any) -> Answer:
        return self.client.get(path, {"apikey": self.key}, **query)

    def post(self, path: str, body: Any) -> Answer:
        return self.client.post(path, {"apikey": self.key}, json=body)

    def select(self, schema: str, query: str, folder: str = "/home", **parameters: Any) -> Answer:
        path = f"{folder.rstrip('/')}/query-selectRows.api"
        return self.get(path, schemaName=schema, **{"query.queryName": query, **parameters})


@pytest.fixture
def pbc(site, pbc_file):
    """The source `pbc` in /home."""
    from keyhouse.authz import folders

    site.sources.add("pbc", f"sqlite:///{pbc_file}", folders.find("/home"), OPERATOR)
    return site.registry.get("/home", "pbc")


@pytest.fixture
def script(site, front, analyst):
    """A program of the analyst."""
    return Script(Client(front, keeps_cookies=False), issue(site, analyst))


@pytest.fixture
def admin_script(site, front, admin):
    """A program of the administrator."""
    return Script(Client(front, keeps_cookies=False), issue(site, admin))


@pytest.fixture
def keys_on(site):
    """A site where users may create keys of both kinds."""
    set_site(site, allowApiKeys=True, allowSessionKeys=True)


@pytest.fixture
def events():
    """Return the audit events of a kind, oldest first."""

    def of(kind: str) -> list[Any]:
        from keyhouse.audit.models import AuditEvent

        return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))

    return of
