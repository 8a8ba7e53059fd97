"""Make a site with people, folders and real data in a new data directory: ``python -m tests.browsers.prepare DIR``."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from keyhouse.core.caller import Caller, operator
from keyhouse.demo_data import database
from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory

ADMIN, ANALYST = "admin@example.org", "ana.lyst@example.org"
PASSWORD = "correct horse battery"
FOLDER = "/home/Liver study"
_BY: Caller = operator("setup")


def main(data: Path) -> None:
    """Fill the directory; it may be empty or missing."""
    make_data_directory(data)
    boot = load(data)
    bring_up_to_date(boot)
    from keyhouse.server import site_of

    site = site_of(boot)
    _people(site)
    _folders(site, data)
    _keys(site)


def _people(site: Any) -> None:
    site.users.add(ADMIN, _BY, PASSWORD, display_name="Ada Ministrator", is_site_admin=True)
    analyst = site.users.add(ANALYST, _BY, PASSWORD, display_name="Ana Lyst")
    site.users.add("pipeline@example.org", _BY, display_name="Night pipeline", is_service=True)
    gone = site.users.add("former.colleague@example.org", _BY, PASSWORD)
    site.users.deactivate(gone, _BY)
    group = site.groups.add("Analysts", _BY)
    site.groups.add_member(group, analyst, _BY)


def _folders(site: Any, data: Path) -> None:
    from keyhouse.accounts.groups import find
    from keyhouse.core.permissions import Role

    study = site.folders.add(FOLDER, _BY, description="Two published clinical studies, ready to read.")
    site.folders.add("/home/Liver study/Imaging", _BY)
    site.folders.add("/home/Methods", _BY, description="Protocols and code books")
    secret = site.folders.add("/Shared/Unblinded", _BY)
    site.folders.set_inheritance(secret, False, _BY)
    site.assignments.assign(Role.READER, find("Analysts"), "Analysts", study, _BY)
    database.build(data / "clinical.sqlite3")
    site.sources.add("clinical", f"sqlite:///{data}/clinical.sqlite3", study, _BY)
    site.sources.add("warehouse", f"sqlite:///{data}/nowhere.sqlite3", secret, _BY)


def _keys(site: Any) -> None:
    from keyhouse.accounts.users import find
    from keyhouse.keys.models import ApiKey
    from keyhouse.siteconfig import store

    year = 31_536_000
    store.change({"allowApiKeys": True, "apiKeyExpirationSeconds": year, "allowSessionKeys": True}, _BY, site.recorder)
    for email, description, days, used in (
        (ANALYST, "Nightly import of laboratory values", 90, 1),
        (ANALYST, "R notebook on the cluster", 365, 30),
        ("pipeline@example.org", "Data lake synchronisation", 180, 2),
        ("pipeline@example.org", "", 7, 0),
        ("former.colleague@example.org", "Survival analysis", 365, 4000),
        (ADMIN, "Monitoring", 30, 12),
    ):
        key = site.api_keys.issue(find(email), _BY, year, description, days * 86_400).key
        if used:
            moment = site.clock() - timedelta(minutes=used)
            ApiKey.objects.filter(id=key.id).update(last_used_at=moment, last_used_address="10.20.30.41")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
