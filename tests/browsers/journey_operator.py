"""What a journey's site is given from beside it: a process of its own that obeys one line of JSON after the other.

python -m tests.browsers.journey_operator DATA     reads {"do": NAME, ...} and prints one JSON value for each line
"""

import json
import sys
from pathlib import Path
from typing import Any

from keyhouse.core.caller import operator
from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory

PASSWORD = "correct horse battery"
ADMIN = "admin@example.org"
_BY = operator("setup")


def make(data: Path) -> Any:
    """Make a site with an administrator and the demonstration's data as schema ``pbc`` in /home."""
    make_data_directory(data)
    boot = load(data)
    bring_up_to_date(boot)
    from keyhouse.authz import folders
    from keyhouse.demo_data import build
    from keyhouse.server import site_of

    site = site_of(boot)
    build(data / "pbc.sqlite3")
    site.sources.add("pbc", f"sqlite:///{data / 'pbc.sqlite3'}", folders.find("/home"), _BY)
    site.users.add(ADMIN, _BY, PASSWORD, display_name="Ada Ministrator", is_site_admin=True)
    set_site(site, {"allowApiKeys": True, "allowSessionKeys": True})
    return site


def set_site(site: Any, values: dict[str, Any]) -> None:
    """Change settings of the site; it holds at once."""
    from keyhouse.siteconfig import store

    store.change(values, _BY, site.recorder)


def add_user(site: Any, email: str, password: str | None, name: str, is_site_admin: bool) -> int:
    """Add a person and return their number."""
    return int(site.users.add(email, _BY, password, display_name=name, is_site_admin=is_site_admin).id)


def deactivate(site: Any, email: str) -> None:
    """Deactivate a person."""
    from keyhouse.accounts.users import find

    site.users.deactivate(find(email), _BY)


def configure(site: Any, kind: str, description: str, **given: Any) -> int:
    """Add an enabled configuration, or change the one of that description, and return its number."""
    from keyhouse.signin.models import Configuration

    now = site.clock()
    values = {name: given[name] for name in ("settings", "domains", "creates_accounts", "links_accounts")}
    values |= {"kind": kind, "sealed": site.providers.seal(given["secrets"]), "is_enabled": True, "changed_at": now}
    defaults = {**values, "created_at": now, "position": Configuration.objects.count()}
    row, _ = Configuration.objects.update_or_create(values, {**defaults}, description=description)
    return int(row.id)


def number_to_come(site: Any) -> int:
    """Return the number that the next configuration will have, for addresses that a provider must know first."""
    from django.db.models import Max

    from keyhouse.signin.models import Configuration

    return int(Configuration.objects.aggregate(newest=Max("id"))["newest"] or 0) + 1


def events(site: Any, kind: str) -> list[dict[str, Any]]:
    """Return what the log has of one kind, oldest first."""
    from keyhouse.audit.models import AuditEvent

    names = ("user", "comment", "outcome", "reason", "key_id", "details")
    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence").values(*names))


COMMANDS = {each.__name__: each for each in (set_site, add_user, deactivate, configure, number_to_come, events)}


def main(data: Path) -> None:
    """Make the site and obey until the end of the input."""
    site = make(data)
    print(json.dumps(None), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(COMMANDS[asked.pop("do")](site, **asked)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
