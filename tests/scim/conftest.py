"""A directory in front of a site in this process: a service account that may provision, and what it sends."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from keyhouse.core.permissions import Role
from tests.site import OPERATOR, Answer, Client, issue

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MEDIA_TYPE = "application/scim+json"


@dataclass
class Directory:
    """Speaks SCIM with a key; keeps no cookies, as the products do not."""

    client: Client
    key: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": MEDIA_TYPE, **given}
        raw = {} if body is None else {"body": body if isinstance(body, bytes) else json.dumps(body).encode()}
        return self.client.request(method, f"/scim/v2{path}", sent, **raw)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def found(self, kind: str, filter_: str, **query: str) -> Answer:
        more = "".join(f"&{name}={quote(value)}" for name, value in query.items())
        return self.get(f"/{kind}?filter={quote(filter_)}{more}")

    def add(self, user_name: str, **given: Any) -> dict[str, Any]:
        answer = self.send("POST", "/Users", {"schemas": [USER], "userName": user_name, **given})
        assert answer.status == 201, answer.text
        return answer.json

    def add_group(self, name: str, *members: str, **given: Any) -> dict[str, Any]:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in members], **given}
        answer = self.send("POST", "/Groups", body)
        assert answer.status == 201, answer.text
        return answer.json

    def patch(self, path: str, *operations: dict[str, Any]) -> Answer:
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})


def provisioner_of(site: Any, email: str = "directory@example.org") -> Any:
    """Add a service account that may provision, and nothing else."""
    from keyhouse.authz.folders import root

    service = site.users.add(email, OPERATOR, is_service=True)
    site.assignments.assign(Role.ACCOUNT_PROVISIONER, service, service.email, root(), OPERATOR)
    return service


@pytest.fixture
def provisioner(site):
    return provisioner_of(site)


@pytest.fixture
def directory(site, front, provisioner) -> Directory:
    return Directory(Client(front, keeps_cookies=False), issue(site, provisioner))


def user_of(resource: dict[str, Any]) -> Any:
    """Return the account behind a resource."""
    from keyhouse.accounts.models import User

    return User.objects.get(id=int(resource["id"]))


def events(kind: str) -> list[Any]:
    """Return the audit events of a kind, oldest first."""
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))
