"""A process that is killed between two steps of a change leaves the old list or the new one, and its rows."""

import os
import signal
import subprocess
import sys

import pytest
from tests.lists.conftest import field, wanted
from tests.site import OPERATOR

_CHANGE = """
import os, signal, sys
from pathlib import Path
from keyhouse.settings import load, start
boot = load(Path(sys.argv[1]), environ={"KEYHOUSE_CONTEXT_PATH": "/labkey"})
start(boot)
from keyhouse.server import site_of
site = site_of(boot, has_pages=False)
from keyhouse.data.managed import Work
from keyhouse.lists.models import ListDesign
from keyhouse.lists.service import Lists
from tests.lists.conftest import field, wanted
from tests.site import OPERATOR

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

step = sys.argv[2]
if step == "before the design":
    Lists._store = die
elif step == "before the design is committed":
    Lists._record = die
elif step == "before the table is committed":
    import sqlalchemy as sa
    sa.event.listen(sa.engine.Engine, "commit", die)
elif step == "before the list is settled":
    Lists._settle = die
elif step == "before the table is dropped":
    Work.drop = die
design = ListDesign.objects.first()
if sys.argv[3] == "save":
    site.lists.save(design, wanted(field("n", "int"), field("more")), OPERATOR)
elif sys.argv[3] == "create":
    from keyhouse.authz import folders
    site.lists.create(folders.find("/home"), wanted(name="second"), "Key", "AutoIncrementInteger", OPERATOR)
else:
    site.lists.delete(design, OPERATOR)
"""


def killed(site, step, what):
    from django.db import connections

    connections.close_all()
    line = [sys.executable, "-c", _CHANGE, str(site.boot.data), step, what]
    done = subprocess.run(line, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == -signal.SIGKILL, done.stderr


OLD = ["before the design", "before the design is committed"]
NEW = ["before the table is committed", "before the list is settled"]


@pytest.mark.parametrize("step", OLD)
def test_change_that_was_cut_off_early_never_happened(site, home, make, put, rows, events, step):
    from keyhouse.lists.models import ListDesign

    put(make(field("n")), {"n": "12"})
    killed(site, step, "save")
    design = ListDesign.objects.get()
    assert design.is_settled
    assert rows(design, home) == [(1, "12")]
    assert events("list changed") == []


@pytest.mark.parametrize("step", NEW)
def test_change_that_was_cut_off_late_is_brought_to_its_end(site, home, make, put, rows, events, step):
    from keyhouse.lists.models import ListDesign

    put(make(field("n")), {"n": "12"})
    killed(site, step, "save")
    design = ListDesign.objects.get()
    assert not design.is_settled
    site.lists.settle(design)
    assert ListDesign.objects.get().is_settled
    assert rows(design, home) == [(1, 12, None)]
    assert len(events("list changed")) == 1


def test_change_on_top_of_one_that_was_cut_off_loses_no_values(site, home, make, put, rows):
    from keyhouse.lists.models import ListDesign

    put(make(field("n")), {"n": "12"})
    killed(site, "before the table is committed", "save")
    saved = site.lists.save(ListDesign.objects.get(), wanted(field("n", "double")), OPERATOR)
    assert rows(saved, home) == [(1, 12.0)]


@pytest.mark.parametrize("step", [*OLD, *NEW])
def test_list_that_was_cut_off_while_it_was_made_is_there_or_not(site, home, make, rows, step):
    from keyhouse.lists.models import ListDesign

    make()
    killed(site, step, "create")
    made = ListDesign.objects.filter(name="second").first()
    assert (made is None) == (step in OLD)
    if made:
        site.lists.settle(made)
        assert rows(made, home) == []


def test_table_of_a_deleted_list_is_dropped_later(site, make):
    from keyhouse.lists.models import Leftover, ListDesign

    make()
    killed(site, "before the table is dropped", "delete")
    assert not ListDesign.objects.exists()
    assert Leftover.objects.count() == 1
    site.lists.drop_leftovers()
    assert not Leftover.objects.exists()
