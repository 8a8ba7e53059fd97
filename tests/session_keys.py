"""A browser in which somebody has signed in, and programs that show session keys of that session."""

from dataclasses import dataclass
from typing import Any

from tests.site import Answer, Client, sign_in

WHO = "/login-whoAmI.api"
CREATE = "/security-createApiKey.api"
ENDED = (401, "session_ended")


@dataclass
class Browser:
    """A signed-in browser that makes session keys, and programs that use them."""

    client: Client

    @property
    def front(self) -> Any:
        return self.client.front

    @property
    def email(self) -> str:
        return str(self.client.get(WHO).json["email"])

    def key(self, description: str = "") -> str:
        answer = self.client.post(CREATE, json={"type": "session", "description": description})
        assert answer.status == 200, answer.text
        return str(answer.json["apikey"])

    def program(self, key: str, path: str = WHO, **query: Any) -> Answer:
        return Client(self.front, keeps_cookies=False).get(path, {"apikey": key}, **query)

    def reason(self, key: str) -> tuple[int, str | None]:
        answer = self.program(key)
        return answer.status, answer.json.get("reason")

    def sign_out(self) -> None:
        assert self.client.post("/login-logoutApi.api", json={}).status == 200


def signed_in(front: Any, email: str) -> Browser:
    client = Client(front)
    sign_in(client, email)
    return Browser(client)


def row(**values: Any) -> Any:
    """Return the one browser session there is, after these values were put into its row."""
    from keyhouse.sessions.models import BrowserSession

    if values:
        BrowserSession.objects.update(**values)
    return BrowserSession.objects.get()


def run_upkeep(site: Any, clock: Any = None) -> None:
    """Do what a worker does each minute."""
    from keyhouse import system
    from keyhouse.keys.upkeep import Upkeep

    Upkeep(site.recorder, clock or system.now, site.sessions).run()
