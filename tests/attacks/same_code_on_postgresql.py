"""One code in many browsers at once, on a site whose database is PostgreSQL: a process serves one site.

python -m tests.attacks.same_code_on_postgresql DATA URL     prints how many got in, as JSON
"""

import json
import sys
from pathlib import Path

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory
from tests.second_factors import begin, codes_in, forget_used_codes, show, with_app
from tests.site import OPERATOR, PASSWORD


def main(data: Path, url: str) -> dict[str, list[int]]:
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from django.db import connections

    from keyhouse.server import site_of
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner
    from tests.attacks.at_once import at_once

    site = site_of(boot)
    front = Front(site, Inner())
    user = site.users.add("analyst@example.org", OPERATOR, PASSWORD)
    app, own = with_app(site, front, user)
    recovery = codes_in(own)[0]
    forget_used_codes()
    code = app.code(site.clock())
    by_code = at_once(lambda each: show(each, code).status, [begin(front, user) for _ in range(6)])
    by_recovery = at_once(lambda each: show(each, recovery, "recovery").status, [begin(front, user) for _ in range(6)])
    connections.close_all()
    return {"totp": sorted(by_code), "recovery": sorted(by_recovery)}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
