"""The wire stays as it is: every golden request gets its golden answer, members in their order.

Where a change is meant, `KEYHOUSE_RECORD_WIRE=1` writes the new answers; the difference is for a person to read.
"""

import json
import os

import pytest

from tests.site import OPERATOR, issue, set_site
from tests.wire import replay


@pytest.fixture
def keys(site, admin, analyst, tmp_path):
    """Keys of an administrator and an analyst on a site with the demonstration's data in /home."""
    from keyhouse.authz import folders
    from keyhouse.demo_data import build

    set_site(site, allowApiKeys=True, apiKeysMayIssueKeys=True)
    build(tmp_path / "pbc.sqlite3")
    site.sources.add("pbc", f"sqlite:///{tmp_path}/pbc.sqlite3", folders.find("/home"), OPERATOR)
    return {"admin": issue(site, admin, description="admin's"), "analyst": issue(site, analyst, description="R")}


def test_there_are_pairs_to_replay():
    assert len(replay.names()) >= 25


@pytest.mark.parametrize("name", replay.names())
def test_request_gets_its_golden_answer(front, keys, name):
    pair = replay.read(name)
    answer = replay.ask(front, pair["request"], keys)
    if os.environ.get("KEYHOUSE_RECORD_WIRE"):
        replay.write(name, {"request": pair["request"], "answer": answer})
    # As texts, so that the order of members counts: R reads columns by position.
    assert json.dumps(answer, indent=1) == json.dumps(replay.read(name)["answer"], indent=1)
