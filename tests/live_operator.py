"""What the suite does to a running site from beside it: its own process, since a process serves one site.

python -m tests.live_operator DATA COMMAND [ARGUMENT ...]     prints one JSON value
"""

import json
import sys
from pathlib import Path
from typing import Any

from keyhouse.core.caller import operator
from keyhouse.settings import load, start
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory

PASSWORD = "correct horse battery"
OPERATOR = operator("tests")


def make(data: Path) -> dict[str, str]:
    """Make a site with an administrator, an analyst and their keys, and the demonstration's data in /home."""
    make_data_directory(data)
    bring_up_to_date(load(data))
    from keyhouse.authz import folders
    from keyhouse.demo_data import build
    from keyhouse.siteconfig import store

    site = _site(data)
    switches = {"allowApiKeys": True, "allowSessionKeys": True}
    store.change(switches, OPERATOR, site.recorder)
    build(data / "pbc.sqlite3")
    site.sources.add("pbc", f"sqlite:///{data / 'pbc.sqlite3'}", folders.find("/home"), OPERATOR)
    admin = site.users.add("admin@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    analyst = site.users.add("analyst@example.org", OPERATOR, PASSWORD)
    return {"admin": _issue(site, admin), "analyst": _issue(site, analyst)}


def user(site: Any, email: str) -> str:
    """Add a user and return a key of theirs."""
    return _issue(site, site.users.add(email, OPERATOR, PASSWORD))


def provisioner(site: Any, email: str) -> str:
    """Add a service account that may provision accounts, and return a key of it."""
    from keyhouse.authz.folders import root
    from keyhouse.core.permissions import Role

    service = site.users.add(email, OPERATOR, is_service=True)
    site.assignments.assign(Role.ACCOUNT_PROVISIONER, service, email, root(), OPERATOR)
    return _issue(site, service)


def issue(site: Any, email: str, description: str = "") -> str:
    """Issue a key to a user."""
    from keyhouse.accounts.users import find

    return _issue(site, find(email), description)


def revoke(site: Any, key: str) -> int:
    """Revoke the key of this text."""
    from keyhouse.core.digests import digest
    from keyhouse.keys.models import ApiKey

    return int(site.api_keys.revoke(list(ApiKey.objects.filter(digest=digest(key))), OPERATOR))


def expire(site: Any, key: str) -> int:
    """Let the key of this text have expired a second ago."""
    from datetime import timedelta

    from keyhouse.core.digests import digest
    from keyhouse.keys.models import ApiKey

    expired_at = site.clock() - timedelta(seconds=1)
    return int(ApiKey.objects.filter(digest=digest(key)).update(expires_at=expired_at))


def deactivate(site: Any, email: str) -> None:
    """Deactivate a user."""
    from keyhouse.accounts.users import find

    site.users.deactivate(find(email), OPERATOR)


def attach(site: Any, name: str, url: str, how: str = "") -> None:
    """Attach a SQLite file, or a database by its URL, in /home; `how` may be `writable`."""
    from keyhouse.authz import folders

    url = url if "://" in url else f"sqlite:///{url}"
    site.sources.add(name, url, folders.find("/home"), OPERATOR, is_writable=how == "writable")


def events(site: Any, kind: str, query: str) -> list[dict[str, Any]]:
    """Return the details of all events of a kind on a query."""
    from keyhouse.audit.models import AuditEvent

    return list(
        AuditEvent.objects.filter(kind=kind, query=query).order_by("sequence").values_list("details", flat=True)
    )


def _site(data: Path) -> Any:
    boot = load(data)
    start(boot)
    from keyhouse.server import site_of

    return site_of(boot)


def _issue(site: Any, owner: Any, description: str = "") -> str:
    return str(site.api_keys.issue(owner, OPERATOR, -1, description).token.text)


COMMANDS = {each.__name__: each for each in (user, provisioner, issue, revoke, expire, deactivate, attach, events)}


def main(data: Path, command: str, *arguments: str) -> None:
    """Run one command and print what it returns."""
    answer = make(data) if command == "make" else COMMANDS[command](_site(data), *arguments)
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
