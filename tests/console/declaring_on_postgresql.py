"""The pages of declarations on a site whose database is PostgreSQL: a process of its own, as a process serves one site.

python -m tests.console.declaring_on_postgresql DATA URL     prints the status of each page as JSON
"""

import json
import sys
from pathlib import Path
from typing import Any

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory
from tests.console.declaring import DECLARED, declare, demand, write_terms
from tests.console.pages import ADMIN, ANALYST, sign_in, submit
from tests.site import OPERATOR, PASSWORD, Client, issue

PAGES = (
    "/home/admin-termsOfUse.view",
    "/home/admin-compareTerms.view?from=1&to=2",
    "/home/admin-folderDemands.view",
    "/home/login-declare.view",
    "/login-declarations.view",
    "/security-externalToolsView.view",
    "/user-declarations.view?userId={analyst}",
)


def main(data: Path, url: str) -> dict[str, Any]:
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from django.db import connections

    from keyhouse.keys.models import ApiKey
    from keyhouse.server import site_of
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    front = Front(site, Inner())
    site.users.add(ADMIN, OPERATOR, PASSWORD, is_site_admin=True)
    analyst = site.users.add(ANALYST, OPERATOR, PASSWORD)
    issue(site, analyst)
    write_terms(site, "Be kind.", "/home")
    digest = write_terms(site, "Be very kind.", "/home")
    demand(site, "/home")
    person, administrator = Client(front), Client(front)
    sign_in(person, ANALYST)
    declared = declare(person, accepted=digest, key=str(ApiKey.objects.get().pk), **DECLARED).status
    sign_in(administrator, ADMIN)
    issue(site, site.users.add("third@example.org", OPERATOR))
    statuses = {page: administrator.get(page.format(analyst=analyst.id)).status for page in PAGES}
    asked = submit(administrator, "/home/admin-folderDemands.view", do="save", purpose="free")
    connections.close_all()
    return {"declared": declared, "pages": statuses, "counted": "1 browser session and 1 API key" in asked.text}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
