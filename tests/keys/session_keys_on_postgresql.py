"""Session keys on a site whose database is PostgreSQL: a process of its own, as a process serves one site.

python -m tests.keys.session_keys_on_postgresql DATA URL     prints what happened as JSON
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.session_keys import CREATE, Browser, row, run_upkeep, signed_in
from tests.site import OPERATOR, PASSWORD, Client

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory
from keyhouse.system import now

EMAIL = "analyst@example.org"


def main(data: Path, url: str) -> dict[str, Any]:
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from keyhouse.server import site_of
    from keyhouse.siteconfig import store
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    front = Front(site, Inner())
    store.change({"allowSessionKeys": True, "sessionKeysMayKeepAlive": True}, OPERATOR, site.recorder)
    site.users.add(EMAIL, OPERATOR, PASSWORD)
    return {
        "by hand": [_by_hand(front, table) for table in ("keyhouse_session_key", "keyhouse_browser_session")],
        "kept alive": _kept_alive(site, front),
        "by time": _by_time(site, front),
        "alone": _alone(site, front),
        "raced": [_raced(site, front) for _ in range(3)],
        "crossed": _crossed(site, front),
        "pages": _pages(front),
    }


def _by_hand(front: Any, table: str) -> Any:
    from django.db import connection

    browser = signed_in(front, EMAIL)
    key = browser.key()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
    told = browser.reason(key)
    browser.sign_out()
    return told


def _kept_alive(site: Any, front: Any) -> Any:
    from django.db.models import Q

    browser = signed_in(front, EMAIL)
    key = browser.key()
    site.session_keys.let_keep_alive(Q(key_id=key[4:16]), True, OPERATOR)
    browser.program(key)
    row(last_seen_at=now() - timedelta(hours=3))
    run_upkeep(site)
    status = browser.program(key).status
    browser.program(key)
    site.session_keys.let_keep_alive(Q(key_id=key[4:16]), False, OPERATOR)
    return [status, browser.reason(key)]


def _by_time(site: Any, front: Any) -> Any:
    run_upkeep(site)
    browser = signed_in(front, EMAIL)
    key = browser.key()
    row(ends_at=now())
    before = browser.reason(key)
    run_upkeep(site)
    return [before, browser.reason(key)]


def _alone(site: Any, front: Any) -> Any:
    from django.db.models import Q

    browser = signed_in(front, EMAIL)
    key = browser.key()
    browser.program(key)
    site.session_keys.end(Q(session__user__email=EMAIL), OPERATOR)
    site.last_used.flush()
    return browser.reason(key)


def _raced(site: Any, front: Any) -> Any:
    """Make keys, write last uses and end the session all at once; no key that was made works afterwards."""
    browser = signed_in(front, EMAIL)
    cookies = dict(browser.client.cookies)
    uses = [browser.key() for _ in range(4)]
    for key in uses:
        browser.program(key)

    def make() -> Any:
        answer = Client(front, cookies=dict(cookies)).post(CREATE, json={"type": "session"})
        return answer.json.get("apikey") if answer.status == 200 else answer.status

    def leave() -> Any:
        return Browser(Client(front, cookies=dict(cookies))).client.post("/login-logoutApi.api", json={}).status

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(_closing, [make, make, site.last_used.flush, leave, make, make]))
    made = [each for each in [*uses, *done] if isinstance(each, str)]
    return sorted({browser.program(key).status for key in made} | {each for each in done if each == 500})


def _crossed(site: Any, front: Any) -> Any:
    """Let one wait for a row whose holder then writes into the log: who waits must not hold that up meanwhile."""
    from django.db.models import Q

    from keyhouse.keys.models import SessionKey
    from keyhouse.sessions.ending import Why
    from keyhouse.sessions.models import BrowserSession, ImpersonationRow

    admin = site.users.add("admin@example.org", OPERATOR, is_site_admin=True)
    found = []
    for rows in (
        BrowserSession.objects.filter(keys__key_id__gt=""),
        SessionKey.objects.filter(session__user__email=EMAIL),
        ImpersonationRow.objects.filter(session__user__email=EMAIL),
    ):
        first, second = signed_in(front, EMAIL), signed_in(front, EMAIL)
        key_id, last_id = first.key()[4:16], second.key()[4:16]
        session = BrowserSession.objects.get(keys__key_id=last_id)
        ImpersonationRow.objects.create(administrator=admin, session=session, guise="roles", started_at=now())
        if rows.model is BrowserSession:
            found.append(_while_held(site, rows, partial(site.session_keys.end, Q(key_id=key_id), OPERATOR)))
        else:
            last = rows.order_by("-id")[:1]
            found.append(_while_held(site, last, partial(_ended, site, Q(user__email=EMAIL), Why.ADMINISTRATOR)))
        _ended(site, Q(user__email=EMAIL), Why.ADMINISTRATOR)
    return found


def _ended(site: Any, which: Any, why: Any) -> int:
    return int(site.sessions.end(which, OPERATOR, why).sessions)


def _while_held(site: Any, rows: Any, work: Callable[[], Any]) -> Any:
    from django.db import connection, transaction

    from keyhouse.audit import Event, Kind

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert list(rows.select_for_update(of=("self",)))
            doing = pool.submit(_closing, work)
            while not doing.done() and not _is_somebody_waiting(connection):
                pass
            assert not doing.done()
            site.recorder.record(Event(Kind.AUDIT_READ, OPERATOR))
        return doing.result()


def _is_somebody_waiting(connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def _closing(work: Callable[[], Any]) -> Any:
    from django.db import connections

    try:
        return work()
    finally:
        connections.close_all()


def _pages(front: Any) -> Any:
    browser = signed_in(front, EMAIL)
    browser.key()
    pages = ("/user-mySessions.view", "/security-externalToolsView.view")
    return [browser.client.get(path).status for path in pages]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
