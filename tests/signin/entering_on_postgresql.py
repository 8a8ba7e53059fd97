"""Sign-ins at the same moment as changes of their accounts, on PostgreSQL: a process of its own.

python -m tests.signin.entering_on_postgresql DATA URL     prints what happened as JSON
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import pytest
from tests.attacks.at_once import at_once
from tests.site import OPERATOR, PASSWORD, Client, sign_in

from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory

EMAIL, TURNS = "analyst@example.org", 4


def main(data: Path, url: str) -> dict[str, Any]:
    make_data_directory(data)
    boot = load(data, {"context_path": "/labkey", "database_url": url}, environ={})
    bring_up_to_date(boot)
    from django.contrib.auth.hashers import Argon2PasswordHasher

    from keyhouse.server import site_of
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 64, 1
    site = site_of(boot)
    front = Front(site, Inner())
    user = site.users.add(EMAIL, OPERATOR, PASSWORD)
    return {
        "changed": _anew_while(site, front, lambda: site.second_factors.reset(_fresh(user), OPERATOR)),
        "password": _anew_while(site, front, lambda: site.users.set_password(_fresh(user), PASSWORD, OPERATOR)),
        "removed": _removed_at_once(site, user),
        "proved": _proved_at_once(site, front),
        "deadlocks": _deadlocks(),
    }


def _fresh(user: Any) -> Any:
    return type(user).objects.get(id=user.id)


def _anew_while(site: Any, front: Any, change: Any) -> Any:
    """Sign in again in browsers that are signed in, while the account changes; nobody waits for the other for ever."""
    browsers = [Client(front) for _ in range(2)]
    for browser in browsers:
        sign_in(browser, EMAIL)
    has_left, leave = Event(), site.sign_ins._leave

    def slowly(*given: Any) -> None:
        leave(*given)
        has_left.set()
        sleep(0.2)

    def again(browser: Client) -> int:
        return browser.post("/login-loginApi.api", form={"email": EMAIL, "password": PASSWORD}).status

    def do(what: Any) -> int:
        if isinstance(what, Client):
            return again(what)
        has_left.wait(10)
        what()
        return 200

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.sign_ins, "_leave", slowly)
        return [status for status in at_once(do, [*browsers, change]) if status >= 500]


def _removed_at_once(site: Any, user: Any) -> list[int]:
    """Remove the only two factors of who must have one, at once: one of them stays, each time."""
    from allauth.mfa.models import Authenticator

    from keyhouse.signin.factors.second_factors import FactorError
    from keyhouse.siteconfig import store

    store.change({"secondFactorFor": "everyone"}, OPERATOR, site.recorder)
    left = []
    for turn in range(TURNS):
        made = [
            Authenticator.objects.create(user=user, type=kind, data={"secret": "x", "name": f"{turn}"})
            for kind in (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        ]

        def remove(row: Any) -> None:
            with suppress(FactorError):
                site.second_factors.remove(_fresh(user), row.id, OPERATOR, None)

        at_once(remove, made)
        left.append(len(site.second_factors.of(user.id)))
        Authenticator.objects.all().delete()
    store.change({"secondFactorFor": "optional"}, OPERATOR, site.recorder)
    return left


def _proved_at_once(site: Any, front: Any) -> list[int]:
    """Prove more and less at once in one session: what was raised stays raised."""
    from keyhouse.core.assurance import Assurance
    from keyhouse.sessions.how import prove_again
    from keyhouse.sessions.models import BrowserSession

    sign_in(Client(front), EMAIL)
    row, levels = BrowserSession.objects.latest("id"), []
    for _ in range(TURNS):
        BrowserSession.objects.update(assurance=Assurance.SINGLE)
        proofs = [Assurance.SINGLE, Assurance.PHISHING_RESISTANT] * 4
        at_once(lambda level: prove_again(row.public_id, site.clock(), ("pwd",), level), proofs)
        row.refresh_from_db()
        levels.append(row.assurance)
    return levels


def _deadlocks() -> int:
    from django.db import connection

    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
