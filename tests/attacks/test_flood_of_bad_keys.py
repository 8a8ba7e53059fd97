"""Attack: a flood of bad keys, in the hope that nobody else is served."""

import threading
from http.client import HTTPConnection

from keyhouse.core.tokens import TokenKind, mint
from keyhouse.system import entropy


def ask(port: int, key: str, connection: HTTPConnection | None = None) -> int:
    # From an address of its own, so that the flood does not throttle the other tests of this server.
    connection = connection or HTTPConnection("127.0.0.1", port, timeout=20, source_address=("127.0.0.2", 0))
    connection.request("GET", "/labkey/login-whoAmI.api", headers={"apikey": key})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def flood(port: int, stop: threading.Event, statuses: list[int]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=20, source_address=("127.0.0.2", 0))
    while not stop.is_set():
        statuses.append(ask(port, mint(TokenKind.API_KEY, entropy).text, connection))
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
            assert ask(live.port, key) == 200
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
    check = site.passwords._proved
    monkeypatch.setattr(type(site.passwords), "_proved", lambda self, *given: heard.append("x") or check(*given))
    client = Client(front, address="192.0.2.1")
    for number in range(300):
        client.get("/login-whoAmI.api", basic(f"user{number}@example.org", "wrong"))
    assert len(heard) <= 70
    assert AuditEvent.objects.count() <= 80
