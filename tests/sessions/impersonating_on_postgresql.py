"""Impersonating on a site whose database is PostgreSQL: a process of its own, as a process serves one site.

python -m tests.sessions.impersonating_on_postgresql DATA URL     prints what happened as JSON
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.site import OPERATOR, PASSWORD, Client, issue, sign_in

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory

ADMIN, ANALYST = "admin@example.org", "analyst@example.org"
READER = {"roleNames": ["org.labkey.api.security.roles.ReaderRole"]}


def main(data: Path, url: str) -> dict[str, Any]:
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from django.db import connections

    from keyhouse.audit.models import AuditEvent
    from keyhouse.server import site_of
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    front = Front(site, Inner())
    admin = site.users.add(ADMIN, OPERATOR, PASSWORD, is_site_admin=True)
    analyst = site.users.add(ANALYST, OPERATOR, PASSWORD)
    browser = Client(front)
    sign_in(browser, ADMIN)

    def start(_: int) -> int:
        try:
            tab = Client(front, cookies=dict(browser.cookies))
            return tab.post("/user-impersonateUser.api", json={"userId": analyst.id}).status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        at_once = sorted(pool.map(start, range(4)))
    as_user = who(browser)
    browser.post("/login-stopImpersonatingApi.api", json={})
    browser.post("/user-impersonateRoles.api", json=READER)
    roles = browser.get("/home/security-getUserPerms.api").json["container"]["roles"]
    browser.post("/login-stopImpersonatingApi.api", json={})

    program, headers = Client(front), {"apikey": issue(site, admin)}
    program.post("/user-impersonateUser.api", headers, json={"userId": analyst.id})
    with_key = who(program, headers)
    site.users.delete(analyst, OPERATOR)
    ended = program.get("/login-whoAmI.api", headers).json["reason"]
    connections.close_all()
    return {
        "at once": at_once,
        "as a user": as_user,
        "roles": roles,
        "with a key": with_key,
        "after the user was deleted": [ended, who(program, headers)],
        "started": AuditEvent.objects.filter(kind="impersonation started").count(),
        "stopped": AuditEvent.objects.filter(kind="impersonation stopped").count(),
    }


def who(client: Client, headers: dict[str, str] | None = None) -> str:
    return str(client.get("/login-whoAmI.api", headers).json["email"])


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
