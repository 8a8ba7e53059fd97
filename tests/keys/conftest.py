"""A browser in which somebody has signed in, and programs that show session keys of that session."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.site import Answer, Client, set_site, sign_in

WHO = "/login-whoAmI.api"
CREATE = "/security-createApiKey.api"


@dataclass
class Browser:
    """A signed-in browser that makes session keys, and programs that use them."""

    client: Client

    @property
    def front(self) -> Any:
        return self.client.front

    def key(self, description: str = "") -> str:
        answer = self.client.post(CREATE, json={"type": "session", "description": description})
        assert answer.status == 200, answer.text
        return str(answer.json["apikey"])

    def program(self, key: str, path: str = WHO) -> Answer:
        return Client(self.front, keeps_cookies=False).get(path, {"apikey": key})

    def reason(self, key: str) -> tuple[int, str | None]:
        answer = self.program(key)
        return answer.status, answer.json.get("reason")


def signed_in(front: Any, email: str) -> Browser:
    client = Client(front)
    sign_in(client, email)
    return Browser(client)


@pytest.fixture
def browser(site, front, analyst) -> Browser:
    """The analyst's browser, on a site where users may create keys of both kinds."""
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    return signed_in(front, analyst.email)


@pytest.fixture
def events() -> Callable[[str], list[Any]]:
    """Return the audit events of a kind, oldest first."""

    def of(kind: str) -> list[Any]:
        from keyhouse.audit.models import AuditEvent

        return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))

    return of
