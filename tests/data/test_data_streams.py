"""stream.py, lease.py: flat memory, first rows first, and a connection that always comes back."""

from __future__ import annotations

import gc
import subprocess
import sys
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

from keyhouse.data import Column, MemoryTable, Query, QueryTimedOut, RowStream, Source, SourceDown, SourceSpec
from tests.data.conftest import Attach

MANY = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {}) SELECT x FROM n"
ENDLESS = f"CREATE VIEW endless AS {MANY.format(1_000_000_000_000)}"
# Sorting an endless view gives no first row, ever.
NEVER = Query(sort=(("x", True),))


def thousands(attach: Attach, **options: Any) -> Source:
    return attach(f"CREATE TABLE t AS {MANY.format(5000)}", **options)


def test_stream_gives_its_connection_back_at_the_last_row(attach: Attach) -> None:
    source = thousands(attach)
    rows = source.table("t").select(Query())
    assert source.lent == 1
    assert len(list(rows)) == rows.served == 5000
    assert source.lent == 0


def test_short_answer_holds_no_connection_at_all(attach: Attach) -> None:
    source = thousands(attach)
    rows = source.table("t").select(Query(max_rows=10))
    assert source.lent == 0
    assert len(list(rows)) == 10


def test_closed_stream_gives_its_connection_back_and_no_more_rows(attach: Attach) -> None:
    source = thousands(attach)
    rows = source.table("t").select(Query())
    next(rows)
    rows.close()
    rows.close()
    assert (source.lent, list(rows), rows.served) == (0, [], 1)


def test_stream_that_is_never_read_gives_its_connection_back_when_dropped(attach: Attach) -> None:
    source = thousands(attach)
    rows = source.table("t").select(Query())
    del rows
    assert source.lent == 0


def test_stream_lost_in_a_cycle_gives_its_connection_back_when_collected(attach: Attach) -> None:
    source = thousands(attach)
    cycle: list[object] = [source.table("t").select(Query())]
    cycle.append(cycle)
    del cycle
    gc.collect()
    assert source.lent == 0


def test_error_of_the_reader_gives_the_connection_back(attach: Attach) -> None:
    source = thousands(attach)
    with pytest.raises(ZeroDivisionError), source.table("t").select(Query()) as rows:
        print(next(rows)[0] / 0)
    assert source.lent == 0


def test_error_in_the_middle_of_the_rows_gives_the_connection_back(attach_postgresql: Attach) -> None:
    source = attach_postgresql("CREATE VIEW v AS SELECT 1 / (4000 - x) AS y FROM generate_series(1, 5000) AS x")
    rows = source.table("v").select(Query())
    with pytest.raises(Exception, match="could not answer this query") as failed:
        list(rows)
    assert "division by zero" in failed.value.detail  # type: ignore[attr-defined]
    assert (source.lent, list(rows)) == (0, [])


@pytest.mark.postgres
def test_connection_lost_in_the_middle_of_the_rows_is_told(postgres_cluster: Any, attach_postgresql: Attach) -> None:
    source = attach_postgresql(ENDLESS)
    rows = source.table("endless").select(Query())
    next(rows)
    with postgres_cluster.connect() as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keyhouse'")
    with pytest.raises(SourceDown, match="cannot be reached"):
        list(rows)
    assert source.lent == 0


def test_first_row_comes_before_the_last_is_read(attach: Attach) -> None:
    with attach(ENDLESS).table("endless").select(Query()) as rows:
        assert next(rows) == (1,)


def test_query_that_takes_too_long_is_stopped(attach: Attach) -> None:
    source = attach(ENDLESS, timeout_seconds=0.3)
    with pytest.raises(QueryTimedOut, match="took too long"):
        source.table("endless").select(NEVER)
    with pytest.raises(QueryTimedOut):
        source.table("endless").count(Query())
    assert source.lent == 0


def test_source_works_after_a_query_was_stopped(attach: Attach) -> None:
    source = attach(ENDLESS, "CREATE TABLE t AS SELECT 7 AS x", timeout_seconds=0.3)
    with pytest.raises(QueryTimedOut):
        source.table("endless").select(NEVER)
    assert list(source.table("t").select(Query())) == [(7,)]


def test_reader_that_stalls_loses_its_connection_without_another_call(attach: Attach) -> None:
    source = thousands(attach, timeout_seconds=0.2)
    rows = source.table("t").select(Query())
    next(rows)
    wait_until_returned(source)
    with pytest.raises(QueryTimedOut, match="were read too slowly"):
        list(rows)


def test_stream_ends_at_its_greatest_age_however_busy(attach: Attach) -> None:
    source = attach(ENDLESS, stream_seconds=0.2)
    with pytest.raises(QueryTimedOut, match="were read too slowly"):
        for _row in source.table("endless").select(Query()):
            pass
    assert source.lent == 0


def wait_until_returned(source: Source) -> None:
    for _round in range(500):
        if source.lent == 0:
            return
        Event().wait(0.02)
    raise AssertionError("the connection was never taken back")


def test_rows_in_memory_stream_too() -> None:
    table = MemoryTable("numbers", [Column("x")], lambda: ((number,) for number in count()))
    with table.select(Query()) as rows:
        assert [next(rows), next(rows)] == [(0,), (1,)]
    assert (rows.served, list(rows)) == (2, [])


def test_stream_releases_once_whatever_happens() -> None:
    released: list[bool] = []
    rows = RowStream((), iter([[(1,)], [(2,)]]), lambda: released.append(True))
    assert list(rows) == [(1,), (2,)]
    rows.close()
    del rows
    assert released == [True]


MEASURE = """
import sys
from pathlib import Path
from keyhouse.data import Query, Source, SourceSpec

def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])

source = Source(SourceSpec("lab", sys.stdin.read(), "/home"), Path("/"))
table = source.table("big")
list(table.select(Query(max_rows=10)))
before, served = peak(), 0
with table.select(Query()) as rows:
    for row in rows:
        served += 1
print(served, peak() - before)
"""


def measured(url: str) -> tuple[int, int]:
    done = subprocess.run([sys.executable, "-c", MEASURE], input=url, capture_output=True, text=True, check=True)
    served, kilobytes = done.stdout.split()
    return int(served), int(kilobytes)


def big_table() -> str:
    return f"CREATE TABLE big AS SELECT x, 'patient number ' || x AS label FROM ({MANY.format(1_000_000)}) AS n"


def test_memory_stays_flat_over_a_million_rows_of_sqlite(attach_sqlite: Attach, tmp_path: Path) -> None:
    attach_sqlite(big_table())
    served, kilobytes = measured(f"sqlite:///{tmp_path / 'lab.db'}")
    assert served == 1_000_000
    assert kilobytes < 64 * 1024


@pytest.mark.postgres
def test_memory_stays_flat_over_a_million_rows_of_postgresql(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(big_table().encode())
    served, kilobytes = measured(postgres_url)
    assert served == 1_000_000
    assert kilobytes < 64 * 1024


def test_spec_of_the_measured_source_is_the_default_one() -> None:
    assert (SourceSpec("a", "b", "c").timeout_seconds, SourceSpec("a", "b", "c").stream_seconds) == (30, 3600)
