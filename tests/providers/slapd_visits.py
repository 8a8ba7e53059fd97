"""Visits with the password of a directory: by the page, by the client API and over Basic; and what the log has."""

from typing import Any

from tests.attacks.wire import basic
from tests.providers.slapd import PASSWORD
from tests.site import Answer, Client


def by_form(front: Any, login: str, password: str = PASSWORD, address: str = "127.0.0.1") -> Answer:
    return browser(front, login, password, address)[1]


def browser(front: Any, login: str, password: str = PASSWORD, address: str = "127.0.0.1") -> tuple[Client, Answer]:
    client = Client(front, address=address)
    client.get("/login-login.view")
    return client, client.post("/login-login.view", form={"email": login, "password": password})


def by_api(front: Any, login: str, password: str = PASSWORD, address: str = "127.0.0.1") -> Answer:
    return Client(front, address=address).post("/login-loginApi.api", form={"email": login, "password": password})


def by_basic(front: Any, login: str, password: str = PASSWORD, address: str = "127.0.0.1") -> Answer:
    return Client(front, keeps_cookies=False, address=address).get("/login-whoAmI.api", basic(login, password))


def is_let_in(front: Any, login: str, password: str = PASSWORD) -> bool:
    answer = by_basic(front, login, password)
    return answer.status == 200 and answer.json["email"] != "guest"


def events(kind: str) -> list[Any]:
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))
