"""Device login and rotation on a site whose database is PostgreSQL: a process of its own, as a process serves one site.

python -m tests.keys.device_on_postgresql DATA URL     prints what happened as JSON
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.devices import answer, program, who
from tests.site import OPERATOR, PASSWORD, Client, sign_in

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory

EMAIL = "analyst@example.org"


def main(data: Path, url: str) -> dict[str, Any]:
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from django.db import connections

    from keyhouse.keys.models import ApiKey
    from keyhouse.server import site_of
    from keyhouse.siteconfig import store
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    front = Front(site, Inner())
    store.change({"allowApiKeys": True}, OPERATOR, site.recorder)
    site.users.add(EMAIL, OPERATOR, PASSWORD)
    browser, device = Client(front), program(front)
    sign_in(browser, EMAIL)
    answer(browser, device.start()["user_code"])

    def poll(_: int) -> Any:
        try:
            return device.ask().json
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(poll, range(6)))
    answer(browser, device.start()["user_code"])
    key = device.ask().json["access_token"]

    def ask(shown: str, step: str) -> Any:
        client = Client(front, keeps_cookies=False)
        return client.post("/security-rotateApiKey.api", {"apikey": shown}, json={"step": step}).json

    new = ask(key, "begin")["apikey"]
    both = [who(front, each).status for each in (key, new)]
    ask(new, "finish")
    return {
        "collected by": sum("access_token" in each for each in answers),
        "errors": sorted({each["error"] for each in answers if "error" in each}),
        "both while rotating": both,
        "old": who(front, key).json["reason"],
        "new": who(front, new).json["email"],
        "keys": ApiKey.objects.count(),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
