"""What the tests of device logins share: a program that asks, a person who answers, and a clock to turn."""

from dataclasses import dataclass, field
from typing import Any

from tests.site import Answer, Client

PAGE = "/device-approve.view"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Program:
    """A program without cookies that starts device logins and collects keys."""

    client: Client
    codes: dict[str, Any] = field(default_factory=dict, repr=False)

    def start(self, **fields: Any) -> dict[str, Any]:
        answer = self.client.post("/device-authorize.api", form={"client_id": "keyhouse login", **fields})
        assert answer.status == 200, answer.text
        self.codes = answer.json
        return self.codes

    def ask(self, device_code: str | None = None, **more: Any) -> Answer:
        form = {"grant_type": GRANT_TYPE, "device_code": device_code or self.codes["device_code"], **more}
        return self.client.post("/device-token.api", form=form)

    def error(self) -> str:
        answer = self.ask()
        assert answer.status == 400, answer.text
        return str(answer.json["error"])


def program(front: Any, address: str = "127.0.0.1") -> Program:
    return Program(Client(front, keeps_cookies=False, address=address))


def answer(client: Client, code: str, do: str = "approve", **fields: Any) -> Answer:
    """Send the form of the page, with the browser's own token."""
    form = {"user_code": code, "do": do, "description": "", "expirationSeconds": "-1", **fields}
    token = client.cookies.get("X-LABKEY-CSRF", "")
    return client.post(PAGE, {"Accept": "text/html"}, form={"X-LABKEY-CSRF": token, **form}, csrf=False)


def turn_back(**how: Any) -> None:
    """Let every device login have begun that much earlier, and have been asked for that much earlier."""
    from datetime import timedelta

    from keyhouse.keys.models import DeviceAuthorization

    for login in DeviceAuthorization.objects.all():
        login.created_at -= timedelta(**how)
        login.expires_at -= timedelta(**how)
        login.polled_at = login.polled_at and login.polled_at - timedelta(**how)
        login.save()


def who(front: Any, key: str) -> Answer:
    """Ask whom a key stands for."""
    return Client(front, keeps_cookies=False).get("/login-whoAmI.api", {"apikey": key})
