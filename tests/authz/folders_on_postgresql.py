"""Folders, groups and policies of a site on PostgreSQL, in a process of its own: prints what it found as JSON."""

import json
import sys
from pathlib import Path

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory
from tests.site import OPERATOR, PASSWORD, Client, issue


def main(data: Path, url: str) -> dict[str, object]:
    """Change the tree, a project's group and a policy once, as client libraries do."""
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from keyhouse.server import site_of
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    admin = site.users.add("admin@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    client, headers = Client(Front(site, Inner()), keeps_cookies=False), {"apikey": issue(site, admin)}

    def post(path, body):
        return client.post(path, headers, json=body).json

    for parent, name in (("", "Lab"), ("/Lab", "a"), ("/Lab/a", "deep"), ("/Lab", "b")):
        made = post(f"{parent}/core-createContainer.api", {"name": name})
    group = post("/Lab/security-createGroup.api", {"name": "Team"})
    post("/Lab/security-addGroupMember.api", {"groupId": group["id"], "principalIds": [admin.id]})
    role = "org.labkey.api.security.roles.EditorRole"
    policy = {"resourceId": made["id"], "assignments": [{"userId": group["id"], "role": role}]}
    saved = post("/Lab/b/security-savePolicy.api", policy)
    stale = {**policy, "modified": "2020-01-01 00:00:00.000"}
    found = {
        "saved": saved,
        "stale": post("/Lab/b/security-savePolicy.api", stale)["success"],
        "moved": post("/core-moveContainer.api", {"container": "/Lab/a", "parent": "/Lab/b"}),
        "renamed": post("/Lab/admin-renameContainer.api", {"name": "Labor"})["path"],
        "led on": client.get("/Lab/b/a/deep/project-getContainers.api", headers).header("Location"),
        "last": post("/security-removeGroupMember.api", {"groupId": -1, "principalIds": admin.id})["success"],
        "twice": client.post("/core-createContainer.api", headers, json={"name": "LABOR"}).status,
        "deleted": post("/Labor/core-deleteContainer.api", {}),
    }
    site.registry.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
