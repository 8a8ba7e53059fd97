"""Sign-out both ways, fresh sign-ins and levels on a site whose database is PostgreSQL: a process of its own.

python -m tests.signin.leaving_on_postgresql DATA URL     prints what happened as JSON
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.console.pages import submit
from tests.providers.made_up import TWO_FACTORS, come_back, configured, sign_in_at, stand_in
from tests.session_keys import Browser
from tests.site import OPERATOR, PASSWORD, Client

from keyhouse.core.assurance import Assurance
from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory

EMAIL, ADMIN = "analyst@example.org", "admin@example.org"


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
    store.change({"allowApiKeys": True, "allowSessionKeys": True}, OPERATOR, site.recorder)
    site.users.add(EMAIL, OPERATOR, PASSWORD)
    site.users.add(ADMIN, OPERATOR, PASSWORD, is_site_admin=True)
    with pytest.MonkeyPatch.context() as patch:
        made = stand_in(patch, site)
        university = configured()
        return {
            "ended": _ended(site, front, university),
            "signed out": _signed_out(front, university),
            "raced": [_raced(site, front, made, university, turn) for turn in range(3)],
            "fresh": _fresh(site, front, made, university),
            "level": _level(site, front, made, university),
            "pages": _pages(site, front, made, university),
        }


def _ended(site: Any, front: Any, university: Any) -> Any:
    client = Client(front)
    sign_in_at(client, university)
    browser = Browser(client)
    key = browser.key()
    ended = site.provider_endings.end(site.providers.find(university.id), session_name="sid-1", subject="subject-1")
    return [ended.sessions, ended.keys, browser.email, browser.reason(key)[1]]


def _signed_out(front: Any, university: Any) -> Any:
    client = Client(front)
    sign_in_at(client, university)
    led = submit(client, "/login-logout.view")
    page = client.get("/login-signedOut.view")
    return [led.header("Location"), "https://idp.example.org/end?hint=H1" in page.text]


def _raced(site: Any, front: Any, made: Any, university: Any, turn: int) -> Any:
    """Let the provider end a session of many while keys are made in them: no key outlives its session."""
    clients = []
    for number in range(4):
        made.says(session_name=f"sid-{turn}-{number}")
        clients.append(Client(front))
        sign_in_at(clients[-1], university)

    def make(client: Client) -> str | None:
        answer = client.post("/security-createApiKey.api", json={"type": "session"})
        return answer.json.get("apikey") if answer.status == 200 else None

    with ThreadPoolExecutor(6) as pool:
        keys = [pool.submit(make, client) for client in clients]
        provider = site.providers.find(university.id)
        ends = [pool.submit(site.provider_endings.end, provider, None, "subject-1") for _ in range(2)]
        ended = sum(each.result().sessions for each in ends)
        texts = [each.result() for each in keys]
    program = Client(front, keeps_cookies=False)
    alive = [text for text in texts if text and program.get("/login-whoAmI.api", {"apikey": text}).status == 200]
    made.says(session_name="sid-1")
    return [ended, alive]


def _fresh(site: Any, front: Any, made: Any, university: Any) -> Any:
    from keyhouse.sessions.models import BrowserSession

    client = Client(front)
    sign_in_at(client, university)
    BrowserSession.objects.update(proved_at=site.clock() - timedelta(hours=1))
    stale = client.post("/security-createApiKey.api", json={"type": "apikey"}).status
    led = client.get("/login-reauthenticate.view", go="provider", returnUrl="/labkey/home/project-begin.view")
    made.says(signed_in_at=site.clock())
    back = come_back(client, university, led).status
    return [stale, back, client.post("/security-createApiKey.api", json={"type": "apikey"}).status]


def _level(site: Any, front: Any, made: Any, university: Any) -> Any:
    from keyhouse.authz import folders
    from keyhouse.declarations.demands import OwnDemand

    site.folders.add("/home/study", OPERATOR)
    own = OwnDemand(assurance=Assurance.TWO_FACTORS)
    site.demands.change(folders.find("/home/study"), own, OPERATOR)
    found = []
    for how in ({"assurance": Assurance.SINGLE, "methods": ()}, TWO_FACTORS):
        made.says(**how)
        client = Client(front)
        sign_in_at(client, university)
        answer = client.get("/home/study/query-getSchemas.api")
        found.append([answer.status, answer.json.get("reason")])
    return found


def _pages(site: Any, front: Any, made: Any, university: Any) -> Any:
    made.says(subject="admin", email=ADMIN)
    client = Client(front)
    sign_in_at(client, university)
    paths = (
        "/user-mySessions.view",
        "/user-showSessions.view",
        "/security-externalToolsView.view",
        "/query-executeQuery.view?schemaName=core&query.queryName=APIKeys",
        "/audit-showAuditLog.view?level=twoFactors",
        "/audit-showAuditLog.view?level=unknown",
        "/home/study/admin-folderDemands.view",
        "/home/study/login-declare.view",
    )
    return {path: client.get(path).status for path in paths}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
