"""Exported scripts, run as people run them, with a netrc file at home and nothing else, read the rows of the page."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import requests
from tests.scripts.conftest import need

LIBRARIES = Path(__file__).with_name("libraries")
ASKED = {
    "schemaName": "pbc",
    "query.queryName": "lung",
    "query.columns": "age,sex,status",
    "query.age~gte": "80",
    "query.sex~isnonblank": "",
    "query.sort": "age,status",
}


@pytest.fixture
def home(live, tmp_path):
    live.netrc(tmp_path, live.analyst).rename(tmp_path / ".netrc")
    return tmp_path


@pytest.fixture
def rows(live):
    """The rows of the page."""
    answer = requests.get(
        f"{live.url}/home/query-selectRows.api", params=ASKED, headers={"apikey": live.analyst}, timeout=30
    )
    found = [[row["age"], row["sex"], row["status"]] for row in answer.json()["rows"]]
    assert len(found) == 4
    return found


@pytest.fixture
def script(live, home):
    """Export a script into a file at home."""

    def write(language, ending):
        answer = requests.get(
            f"{live.url}/home/query-exportScript.view",
            params=ASKED | {"scriptType": language},
            headers={"apikey": live.analyst},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        assert live.analyst not in answer.text
        file = home / f"script.{ending}"
        # The site of the tests answers on another port than the one it is configured to be reached at.
        assert "127.0.0.1:8080" in answer.text
        file.write_text(answer.text.replace("127.0.0.1:8080", f"{live.host}:{live.port}"), "utf-8")
        return file

    return write


def run(home, *command, path=""):
    environment = {**os.environ, "HOME": str(home), "PATH": f"{path}:{os.environ['PATH']}"}
    environment = {
        name: value for name, value in environment.items() if "proxy" not in name.lower() and name != "NETRC"
    }
    done = subprocess.run(
        [str(each) for each in command], cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python(script, home, rows):
    file = script("py", "py")
    file.write_text(file.read_text() + '\nimport json\nprint(json.dumps(my_results["rows"]))\n')
    found = json.loads(run(home, sys.executable, file))
    assert [[row["age"], row["sex"], row["status"]] for row in found] == rows


def test_r(script, home, rows):
    rscript = need("Rscript", "r-cran-httr")
    needed = 'quit(status = !all(sapply(c("httr", "jsonlite"), requireNamespace, quietly = TRUE)))'
    if subprocess.run([rscript, "-e", needed], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the Debian package r-cran-httr")
    found = json.loads(run(home, rscript, LIBRARIES / "rlabkey.R", script("r", "R")).splitlines()[-1])
    assert [[row["age"], row["sex"], row["status"]] for row in found] == rows


def test_perl(script, home, rows):
    perl = need("perl", "perl")
    need("curl", "curl")
    lines = run(home, perl, "-I", LIBRARIES, script("pl", "pl")).splitlines()
    assert [line.split("\t") for line in lines] == [["age", "sex", "status"], *[list(map(str, row)) for row in rows]]


def test_javascript(script, live, home, rows):
    node = need("node", "nodejs")
    need("curl", "curl")
    lines = run(home, node, LIBRARIES / "labkey.js", script("js", "html"), live.url).splitlines()
    assert [line.split() for line in lines] == [list(map(str, row)) for row in rows]


def test_curl(script, home, rows):
    need("curl", "curl")
    run(home, "sh", script("curl", "sh"))
    found = list(csv.reader(io.StringIO((home / "rows.csv").read_text())))
    assert found == [["age", "sex", "status"], *[list(map(str, row)) for row in rows]]


def test_duckdb(script, home, rows):
    need("curl", "curl")
    program = home / "duckdb"  # the program's package is not in Debian; the Python one reads the same statements
    program.write_text(f"#!{sys.executable}\nimport duckdb, sys\nduckdb.connect(sys.argv[1]).execute(sys.argv[2])\n")
    program.chmod(0o700)
    run(home, "sh", script("duckdb", "sh"), path=home)
    with duckdb.connect(str(home / "rows.duckdb")) as database:
        found = database.execute("SELECT * FROM rows").fetchall()
        types = [name for (name,) in database.execute("SELECT data_type FROM duckdb_columns()").fetchall()]
    assert [list(row) for row in found] == rows
    assert types[:2] == ["BIGINT", "VARCHAR"]


def test_stable_address_shows_the_page_of_the_same_rows(script, live, rows):
    address = script("url", "txt").read_text().splitlines()[-1]
    page = requests.get(address, headers={"apikey": live.analyst}, timeout=30)
    assert page.status_code == 200
    assert "4 of 4" in " ".join(page.text.split())
