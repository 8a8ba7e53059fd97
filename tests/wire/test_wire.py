"""The wire stays as it is: every golden request gets its golden answer, members in their order.

Where a change is meant, `KEYHOUSE_RECORD_WIRE=1` writes the new answers; the difference is for a person to read.
"""

import json
import os
import sqlite3

import pytest

from tests.site import OPERATOR, issue, set_site
from tests.wire import replay


@pytest.fixture
def keys(site, admin, analyst, pbc_file, tmp_path):
    """Keys of an administrator and an analyst on a site with the demonstration's data in /home."""
    from keyhouse.authz import folders

    set_site(site, allowApiKeys=True, apiKeysMayIssueKeys=True)
    site.sources.add("pbc", f"sqlite:///{pbc_file}", folders.find("/home"), OPERATOR)
    _make_list(site, folders.find("/home"))
    with sqlite3.connect(tmp_path / "bench.sqlite3") as database:
        database.execute(
            "CREATE TABLE samples (id integer PRIMARY KEY, label text NOT NULL UNIQUE, amount double, taken datetime)"
        )
        database.execute("INSERT INTO samples VALUES (1, 'a', 1.5, NULL), (2, 'b', NULL, '2001-02-03 04:05:06')")
    database.close()
    url = f"sqlite:///{tmp_path}/bench.sqlite3"
    site.sources.add("bench", url, folders.find("/Shared"), OPERATOR, is_writable=True)
    return {"admin": issue(site, admin, description="admin's"), "analyst": issue(site, analyst, description="R")}


def _make_list(site, folder):
    from keyhouse.lists.types import TYPES
    from keyhouse.lists.wanted import WantedField, WantedIndex, WantedList

    patient = {"label": "Patient", "lookupSchema": "core", "lookupQuery": "Users", "PHI": "Limited", "required": True}
    bold = {"backgroundColor": None, "filter": "format.column~gte=25", "textColor": "ff0000", "bold": True}
    formats = {"format": "0.0", "conditionalFormats": [{**bold, "italic": False, "strikethrough": False}]}
    fields = (WantedField("patient", TYPES["int"], patient), WantedField("score", TYPES["double"], formats))
    index = WantedIndex(("patient",), True)
    site.lists.create(
        folder, WantedList("visits", fields, (index,), "Who came"), "Key", "AutoIncrementInteger", OPERATOR
    )


def _let_terms_be_in_force(site, terms):
    """Write the terms of use that a pair wants: a text by the path of each folder."""
    from keyhouse.authz import folders

    for path, text in terms.items():
        site.terms.write(folders.find(path), text, 0, OPERATOR)


def _let_people_sign_in(ways):
    """Configure the ways to sign in that a pair wants: a kind and its domains by description."""
    from tests.providers.made_up import configured

    for number, (description, (kind, *domains)) in enumerate(ways.items(), 1):
        configured(description, id=number, kind=kind, domains=domains)


def _let_folders_demand(site, demands):
    """Let folders demand these levels of sign-in, by their paths."""
    from keyhouse.authz import folders
    from keyhouse.core.assurance import Assurance
    from keyhouse.declarations.demands import OwnDemand

    for path, level in demands.items():
        site.demands.change(folders.find(path), OwnDemand(assurance=Assurance.named(level)), OPERATOR)


def _session_key(site, front, state):
    """Return a session key of the analyst whose session lives, or has ended, or that has ended alone."""
    from django.db.models import Q

    from tests.session_keys import signed_in

    set_site(site, allowSessionKeys=True)
    browser = signed_in(front, "analyst@example.org")
    key = browser.key()
    if state == "its session ended":
        browser.sign_out()
    elif state == "ended":
        site.session_keys.end(Q(key_id=key[4:16]), OPERATOR)
    return key


def test_there_are_pairs_to_replay():
    assert len(replay.names()) >= 25


@pytest.mark.parametrize("name", replay.names())
def test_request_gets_its_golden_answer(site, front, keys, name):
    pair = replay.read(name)
    _let_terms_be_in_force(site, pair.get("terms", {}))
    _let_people_sign_in(pair.get("ways", {}))
    _let_folders_demand(site, pair.get("demands", {}))
    set_site(site, **pair.get("site", {}))
    if "session_key" in pair:
        keys["session key"] = _session_key(site, front, pair["session_key"])
    answer = replay.ask(front, pair["request"], keys)
    if os.environ.get("KEYHOUSE_RECORD_WIRE"):
        replay.write(name, {**pair, "answer": answer})
    # As texts, so that the order of members counts: R reads columns by position.
    assert json.dumps(answer, indent=1) == json.dumps(replay.read(name)["answer"], indent=1)
