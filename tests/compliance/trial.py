"""A study with data of participants, that demands a purpose and a PHI level, and a person who has declared."""

import sqlite3

import pytest

from tests.declarations.study import declare
from tests.site import OPERATOR, Client, sign_in


@pytest.fixture
def study(site, tmp_path):
    """The folder /study with the table `trial.visits`, whose column Ssn is limited PHI."""
    from keyhouse.accounts.groups import find_principal, name_of
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role
    from keyhouse.core.phi import PhiLevel
    from keyhouse.declarations.demands import OwnDemand

    file = tmp_path / "trial.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE visits (Id INTEGER PRIMARY KEY, Who TEXT, Ssn TEXT, Weight REAL)")
        connection.executemany(
            "INSERT INTO visits VALUES (?, ?, ?, ?)",
            [(at, f"P{at % 7}", f"canary-{at}", at / 2) for at in range(1, 29)],
        )
    connection.close()
    folder = site.folders.add("/study", OPERATOR)
    everybody = find_principal("All Site Users")
    site.assignments.assign(Role.READER, everybody, name_of(everybody), folder, OPERATOR)
    site.sources.add("trial", f"sqlite:///{file}", folder, OPERATOR, is_writable=True)
    site.table_marks.set_table(folder, "trial", "visits", {"Ssn": PhiLevel.LIMITED}, "Who", OPERATOR)
    demanded = OwnDemand(wants_purpose=True, purposes=("To learn", "To heal"), wants_phi_level=True)
    site.demands.change(folder, demanded, OPERATOR)
    site.terms.write(folder, "Be good.", 0, OPERATOR)
    return folders.find("/study")


@pytest.fixture
def browser(front, analyst, study):
    """The analyst, signed in and declared for /study at limited PHI."""
    client = Client(front)
    sign_in(client, analyst.email)
    agree(client)
    return client


def agree(client, **how):
    """Declare for /study, and accept the terms that are in force."""
    from keyhouse.authz import folders
    from keyhouse.core.phi import PhiLevel

    form = client.front._site.declarations.form(folders.find("/study"))
    accepted = frozenset(each.digest for each in form.demand.terms)
    return declare(client, **{"phi_level": PhiLevel.LIMITED, "accepted": accepted, **how})


def read(client, **query):
    """Read visits as a page does."""
    asked = {"schemaName": "trial", "query.queryName": "visits", **query}
    answer = client.get("/study/query-selectRows.api", **asked)
    assert answer.status == 200, answer.text
    return answer.json["rows"]
