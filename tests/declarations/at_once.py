"""Somebody signs while somebody else writes new terms, each on a connection of their own.

As a program it does so on PostgreSQL and prints what came of it.
"""

import json
import sys
import threading
import time
from pathlib import Path

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory
from tests.declarations.study import try_to_declare
from tests.site import OPERATOR, PASSWORD, Client, sign_in


class Pause:
    """Stands in for a method: stops who calls it until `release`, and then lets it do what it does."""

    def __init__(self, owner, name):
        self._owner, self._name, self._really = owner, name, getattr(owner, name)
        self.reached, self.released = threading.Event(), threading.Event()

    def __enter__(self):
        pause, really = self, self._really

        def stopped(*given, **named):
            pause.reached.set()
            assert pause.released.wait(20)
            return really(*given, **named)

        setattr(self._owner, self._name, stopped)
        return self

    def __exit__(self, *_error):
        setattr(self._owner, self._name, self._really)


def at_once(pause, first, second):
    """Begin `first`, which stops at the pause, then `second`; let both end, and return what they return."""
    from django.db import connections

    results = {}

    def run(name, what):
        try:
            results[name] = what()
        finally:
            connections.close_all()

    one = threading.Thread(target=run, args=("first", first))
    two = threading.Thread(target=run, args=("second", second))
    one.start()
    assert pause.reached.wait(20)
    two.start()
    # Where it does not wait for the other, this is time enough to overtake it; where it does, nothing depends on it.
    time.sleep(0.3)
    pause.released.set()
    one.join(30)
    two.join(30)
    return results["first"], results["second"]


def sign_then_write(site, browser, folder):
    """Let somebody sign; new terms come while the signature is under way."""
    from keyhouse.audit.models import AuditEvent
    from keyhouse.declarations.kept import Kept

    old = site.terms.write(folder, "One", 0, OPERATOR)
    with Pause(Kept, "add") as pause:
        signed, written = at_once(
            pause,
            lambda: try_to_declare(browser, accepted=frozenset({old.digest})),
            lambda: site.terms.write(folder, "Two", 1, OPERATOR),
        )
    kinds = AuditEvent.objects.filter(kind__in=["declaration made", "terms changed"]).order_by("sequence")
    return {
        "signed": [each.version for each in signed.terms],
        "written": written.version,
        "log": [each.kind for each in kinds],
        "let in": browser.get(f"{folder.path}/project-getContainers.api").status,
    }


def write_then_sign(site, browser, folder):
    """Let somebody write new terms; the old ones are signed while the new ones are under way."""
    from keyhouse.declarations.terms import TermsOfUse

    old = site.terms.latest(folder)
    with Pause(TermsOfUse, "_record") as pause:
        written, signed = at_once(
            pause,
            lambda: site.terms.write(folder, "Three", old.version, OPERATOR),
            lambda: try_to_declare(browser, accepted=frozenset({old.digest})),
        )
    return {"written": written.version, "signed": [each.text for each in signed]}


def main(data: Path, url: str) -> dict[str, object]:
    """Do both on a new site."""
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from keyhouse.declarations.demands import OwnDemand
    from keyhouse.declarations.fetch import Everywhere, demanded_in
    from keyhouse.server import site_of
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    site = site_of(boot)
    admin = site.users.add("admin@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    browser = Client(Front(site, Inner()))
    sign_in(browser, admin.email)
    study = site.folders.add("/study", OPERATOR)
    site.demands.change(study, OwnDemand(wants_purpose=True), OPERATOR)
    found = {"sign then write": sign_then_write(site, browser, study)}
    found["everywhere"] = Everywhere().demanded_in(study) == demanded_in(study)
    found["write then sign"] = write_then_sign(site, browser, study)
    site.registry.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
