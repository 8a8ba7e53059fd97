"""Save, find and delete views and queries on PostgreSQL; run by the test beside it, as one process has one database."""

import json
import sys
from pathlib import Path

from keyhouse.core.caller import Caller, operator
from keyhouse.core.decision import API_KEY, Via
from keyhouse.core.principal import Principal
from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory


def main(data: Path, url: str) -> None:
    """Print what was found."""
    make_data_directory(data)
    boot = load(data, {"database_url": url}, environ={})
    bring_up_to_date(boot)
    from keyhouse.authz import folders
    from keyhouse.queries.definition import read
    from keyhouse.queries.names import Subject
    from keyhouse.server import site_of

    site = site_of(boot, has_pages=False)
    user = site.users.add("ana@example.org", operator("tests"))
    caller = Caller(Principal(user.id, user.email, ""), Via(API_KEY, key_id="k1"))
    home = folders.find("/home")
    subject, said = Subject(home, "core", "Users"), read({"columns": ["UserId"]})
    views = site.custom_views
    for how in ({}, {"is_shared": True, "inherits": True}):
        views.save(subject, "Short", said, caller, **how)
        views.save(subject, "SHORT", said, caller, **how)
    below = Subject(site.folders.add("/home/sub", operator("tests")), "CORE", "users")
    found = views.find(below, "short", caller)
    assert found is not None
    queries = site.saved_queries
    queries.save(home, "core", "Old", "SELECT 1", caller)
    queries.save(home, "core", "old", "SELECT 2", caller)
    kept = queries.save_in_session(home, "core", "SELECT 3", caller)
    assert kept is not None
    seen = {
        "views": [(view.name, view.is_shared) for view in views.of(subject, caller)],
        "below": [found.name, found.folder_path],
        "queries": [(row.name, row.sql) for row in queries.of(home, "core", caller)],
        "kept": queries.find(home, "core", kept.name, caller) is not None,
    }
    views.delete(found, caller)
    print(json.dumps({**seen, "left": len(views.of(subject, caller))}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
