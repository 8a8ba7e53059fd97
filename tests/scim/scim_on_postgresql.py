"""Provisioning on a site whose database is PostgreSQL: a process of its own, as a process serves one site.

python -m tests.scim.scim_on_postgresql DATA URL     prints what happened as JSON
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory
from tests.scim.conftest import Directory, provisioner_of
from tests.scim.test_scim_dialects import SHAPES, walk
from tests.site import Client, issue

PEOPLE = 6


def main(data: Path, url: str) -> dict[str, Any]:
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from keyhouse.server import site_of
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    front = Front(site, Inner())
    key = issue(site, provisioner_of(site))
    directory = Directory(Client(front, keeps_cookies=False), key)
    for product in sorted(SHAPES):
        walk(directory, product)
    return {"at once": _at_once(front, key), "same address": _same_address(front, key)}


def _at_once(front: Any, key: str) -> Any:
    """Add several members to one group at once, each in a change of what it read."""
    directory = Directory(Client(front, keeps_cookies=False), key)
    ids = [directory.add(f"p{number}@example.net")["id"] for number in range(PEOPLE)]
    path = f"/Groups/{directory.add_group('Everybody')['id']}"

    def add(number: str) -> int:
        one = Directory(Client(front, keeps_cookies=False), key)
        return one.patch(path, {"op": "add", "path": "members", "value": [{"value": number}]}).status

    statuses = _together(add, ids)
    members = [each["value"] for each in directory.get(path).json["members"]]
    return [sorted(set(statuses)), sorted(members) == sorted(ids)]


def _same_address(front: Any, key: str) -> Any:
    """Add one person several times at once."""

    def add(_number: int) -> int:
        one = Directory(Client(front, keeps_cookies=False), key)
        schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
        return one.send("POST", "/Users", {"schemas": schemas, "userName": "once@example.net"}).status

    statuses = _together(add, range(4))
    return [statuses.count(201), sorted(set(statuses) - {201, 409})]


def _together(act: Any, given: Any) -> list[Any]:
    from django.db import connections

    def once(one: Any) -> Any:
        try:
            return act(one)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(once, given))


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
