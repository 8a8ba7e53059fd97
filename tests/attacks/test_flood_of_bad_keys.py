"""Attack: a flood of bad keys, in the hope that nobody else is served."""

import threading
from http.client import HTTPConnection
from urllib.request import Request, urlopen

from keyhouse.core.tokens import TokenKind, mint
from keyhouse.system import entropy


def flood(port: int, stop: threading.Event, statuses: list[int]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    while not stop.is_set():
        connection.request("GET", "/labkey/login-whoAmI.api", headers={"apikey": mint(TokenKind.API_KEY, entropy).text})
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()


def test_valid_keys_are_served_from_the_very_address_of_the_flood(live):
    stop, statuses = threading.Event(), []
    threads = [threading.Thread(target=flood, args=(live.port, stop, statuses)) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        while statuses.count(429) < 100:
            pass
        for key in [live.analyst, live.admin] * 20:
            with urlopen(Request(f"{live.url}/login-whoAmI.api", headers={"apikey": key}), timeout=20) as answer:
                assert answer.status == 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {401, 429}


def test_a_flood_costs_no_password_hash_and_hardly_an_entry(site, front, monkeypatch):
    from keyhouse.audit.models import AuditEvent
    from tests.attacks.wire import basic
    from tests.site import Client

    heard: list[str] = []
    check = site.passwords._authenticated
    monkeypatch.setattr(type(site.passwords), "_authenticated", lambda self, *given: heard.append("x") or check(*given))
    client = Client(front, address="192.0.2.1")
    for number in range(300):
        client.get("/login-whoAmI.api", basic(f"user{number}@example.org", "wrong"))
    assert len(heard) <= 70
    assert AuditEvent.objects.count() <= 80
